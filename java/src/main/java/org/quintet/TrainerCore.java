package org.quintet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quintet.internal.Errors;
import org.quintet.internal.NativeHandle;
import org.quintet.internal.bindings.Core;
import org.quintet.internal.bindings.NativeTensorTable;
import org.quintet.internal.bindings.NativeTrainOptions;
import org.quintet.internal.bindings.NativeTrainer;

/**
 * A native trainer and its tensors by name. It has memory for batches up to some size, and is replaced by a larger one in the same state
 * when more is asked for. Calls wait for each other; whoever needs two to belong together holds its monitor.
 */
final class TrainerCore implements AutoCloseable {
  private final Network network;
  private final TrainOptions options;
  private int capacity;
  private NativeHandle<NativeTrainer> handle;

  /** A trainer with memory for single pictures. */
  TrainerCore(Network network, Weights weights, TrainOptions options) {
    this.network = network;
    this.options = options;
    this.capacity = 1;
    this.handle = open(network, weights, options, capacity);
  }

  private static NativeHandle<NativeTrainer> open(Network network, Weights weights, TrainOptions options, int capacity) {
    List<String> frozen = options.frozenLayers(network);
    int threads = options.threads() > 0 ? options.threads() : Quintet.allowedThreads();
    return NativeHandle.owned(
        "trainer of " + network,
        () -> weights.whileOpen(() -> network.graph().use(graph -> {
          NativeTensorTable table = new NativeTensorTable();
          NativeTrainOptions nativeOptions = new NativeTrainOptions();
          try {
            weights.fill((name, type, shape, address, bytes, inFile) ->
                Core.add_tensor(table, name, type.ordinal(), shape, shape.length, address, bytes, inFile));
            return new NativeTrainer(graph, table, fill(nativeOptions, options, frozen, threads, capacity));
          } finally {
            Core.destroy(nativeOptions);
            Core.destroy(table);
          }
        })),
        Core::destroy);
  }

  private static NativeTrainOptions fill(
      NativeTrainOptions target, TrainOptions options, List<String> frozen, int threads, int capacity) {
    Optimizer optimizer = options.optimizer();
    Loss loss = options.loss();
    return target
        .threads(threads)
        .batch(capacity)
        .optimizer(optimizer.attributes())
        .clip_norm(optimizer.clipNorm())
        .clip_value(optimizer.clipValue())
        .label_smoothing(loss.labelSmoothing())
        .head_weights(loss.headWeights().entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining("\n")))
        .frozen(String.join("\n", frozen))
        .seed(options.seed())
        .dropout(options.dropout());
  }

  /** Makes room for batches of {@code batch}, the state kept. */
  synchronized void reserve(int batch) {
    if (batch <= capacity) {
      return;
    }
    NativeHandle<NativeTrainer> small = handle;
    NativeHandle<NativeTrainer> large;
    try (Weights now = Weights.of(parameters())) {
      large = open(network, now, options, batch);
    }
    try (Weights state = Weights.of(state())) {
      long steps = steps();
      handle = large;
      restoreState(state, steps);
    } catch (RuntimeException e) {
      handle = small;
      large.close();
      throw e;
    }
    capacity = batch;
    small.close();
  }

  synchronized int capacity() {
    return capacity;
  }

  synchronized double step(double rate, FloatBuffer samples, int[] labels, int count) {
    reserve(count);
    NativeTrainer trainer = handle.enter();
    try {
      trainer.set_learning_rate(rate);
      return trainer.step(samples, bytes(samples), labels, count);
    } catch (RuntimeException e) {
      throw Errors.translate(e);
    } finally {
      handle.leave();
    }
  }

  synchronized double step(double rate, FloatBuffer samples, FloatBuffer targets, int count) {
    reserve(count);
    NativeTrainer trainer = handle.enter();
    try {
      trainer.set_learning_rate(rate);
      return trainer.step_on_targets(samples, bytes(samples), targets, bytes(targets), count);
    } catch (RuntimeException e) {
      throw Errors.translate(e);
    } finally {
      handle.leave();
    }
  }

  synchronized double evaluate(FloatBuffer samples, int[] labels, int count) {
    reserve(count);
    return use(trainer -> trainer.evaluate(samples, bytes(samples), labels, count));
  }

  synchronized double evaluate(FloatBuffer samples, FloatBuffer targets, int count) {
    reserve(count);
    return use(trainer -> trainer.evaluate_on_targets(samples, bytes(samples), targets, bytes(targets), count));
  }

  synchronized long correct() {
    NativeTrainer trainer = handle.enter();
    try {
      return trainer.correct();
    } finally {
      handle.leave();
    }
  }

  long steps() {
    return use(NativeTrainer::steps);
  }

  synchronized <R> R use(Function<NativeTrainer, R> call) {
    return handle.use(call);
  }

  /** Every parameter, read when the tensor is: all of one step for whoever holds the monitor until then. */
  synchronized Map<String, Tensor> parameters() {
    Copies copies = new Copies();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    List<Network.Parameter> parameters = network.parameters();
    for (int p = 0; p < parameters.size(); p++) {
      int parameter = p;
      tensors.put(parameters.get(p).name(), copies.of(parameters.get(p),
          (trainer, to) -> trainer.read_parameter(parameter, to, bytes(to))));
    }
    return tensors;
  }

  /** Every tensor of the optimizer, likewise. */
  synchronized Map<String, Tensor> state() {
    Copies copies = new Copies();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    int count = use(NativeTrainer::state_count);
    for (int s = 0; s < count; s++) {
      int state = s;
      Network.Parameter parameter = network.parameters().get(use(trainer -> trainer.state_parameter(state)));
      tensors.put(use(trainer -> trainer.state_name(state)), copies.of(parameter,
          (trainer, to) -> trainer.read_state(state, to, bytes(to))));
    }
    return tensors;
  }

  /** A parameter's gradient. */
  synchronized Tensor gradient(String name) {
    for (int p = 0; p < network.parameters().size(); p++) {
      if (network.parameters().get(p).name().equals(name)) {
        int parameter = p;
        Tensor tensor =
            new Copies().of(network.parameters().get(p), (trainer, to) -> trainer.read_gradient(parameter, to, bytes(to)));
        return Tensor.of(tensor.toFloats(), tensor.shape());
      }
    }
    throw new ArgumentException(network + " has no parameter " + name);
  }

  /** Overwrites every parameter. */
  void restoreParameters(Weights from) {
    List<Network.Parameter> parameters = network.parameters();
    for (int p = 0; p < parameters.size(); p++) {
      int parameter = p;
      FloatBuffer values = values(from, parameters.get(p).name(), parameters.get(p));
      use(trainer -> {
        trainer.write_parameter(parameter, values, bytes(values));
        return trainer;
      });
    }
  }

  /** Overwrites the optimizer's tensors and its count of steps. */
  void restoreState(Weights from, long steps) {
    int count = use(NativeTrainer::state_count);
    for (int s = 0; s < count; s++) {
      int state = s;
      Network.Parameter parameter = network.parameters().get(use(trainer -> trainer.state_parameter(state)));
      FloatBuffer values = values(from, use(trainer -> trainer.state_name(state)), parameter);
      use(trainer -> {
        trainer.write_state(state, values, bytes(values));
        return trainer;
      });
    }
    use(trainer -> {
      trainer.set_steps(steps);
      return trainer;
    });
  }

  private static FloatBuffer values(Weights from, String name, Network.Parameter parameter) {
    Tensor tensor = from.get(name);
    if (tensor.elementCount() != parameter.elements()) {
      throw new WeightsException("%s: %s has %,d numbers, expected %,d".formatted(from, tensor, tensor.elementCount(), parameter.elements()));
    }
    FloatBuffer values = direct(parameter.elements());
    tensor.copyTo(values);
    return values.rewind();
  }

  private interface Read {
    void into(NativeTrainer trainer, FloatBuffer to);
  }

  /**
   * Tensors that are fetched from the trainer when they are read. One at a time is held, for whoever reads it in parts, perhaps on many
   * threads; so they are best read one after the other.
   *
   * <p>Goes past this object's monitor: whoever holds it may wait for threads that read here.
   */
  private final class Copies {
    private final NativeHandle<NativeTrainer> source = handle;
    private @Nullable FloatBuffer memory;
    private @Nullable Read held;

    Tensor of(Network.Parameter parameter, Read read) {
      return Tensor.computed((start, target) -> fill(parameter, read, (int) start, target), parameter.shape());
    }

    private synchronized void fill(Network.Parameter parameter, Read read, int start, float[] target) {
      FloatBuffer values = memory;
      if (values == null || held != read) {
        held = null;
        if (values == null || values.capacity() < parameter.elements()) {
          values = direct(parameter.elements());
          memory = values;
        }
        FloatBuffer whole = values.slice(0, (int) parameter.elements());
        source.use(trainer -> {
          read.into(trainer, whole);
          return trainer;
        });
        held = read;
      }
      values.get(start, target);
    }
  }

  private static FloatBuffer direct(long elements) {
    if (elements > Integer.MAX_VALUE / Float.BYTES) {
      throw new UnsupportedException("a parameter of %,d numbers is too large to be trained".formatted(elements));
    }
    return ByteBuffer.allocateDirect((int) elements * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private static long bytes(FloatBuffer buffer) {
    return (long) buffer.remaining() * Float.BYTES;
  }

  @Override
  public synchronized void close() {
    handle.close();
  }
}
