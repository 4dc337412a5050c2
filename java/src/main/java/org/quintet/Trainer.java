package org.quintet;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.quintet.data.Batches;
import org.quintet.data.Dataset;
import org.quintet.internal.bindings.NativeTrainer;

/**
 * A network in training: parameters, gradients and optimizer state in native memory, where batch norm uses the batch's statistics and
 * dropout drops. Made by {@link Network#trainer}.
 *
 * <pre>{@code
 * try (Trainer t = network.trainer(Loss.CATEGORICAL_CROSSENTROPY, Optimizer.sgd(0.01))) {
 *   t.fit(Mnist.train(dir), epochs(5).batch(64));
 *   t.weights().save(Path.of("lenet5.safetensors"));
 * }
 * }</pre>
 *
 * <p>The same options, data and number of threads give the same bits on the same CPU. Any thread may call; steps wait for each other,
 * and {@link #close()} waits for the step in progress.
 */
public final class Trainer implements AutoCloseable {
  private static final int EVALUATION_BATCH = 64;

  private final Network network;
  private final TrainOptions options;
  private final TrainerCore core;
  private volatile double learningRate;
  private volatile boolean stopping;

  private Trainer(Network network, TrainOptions options, TrainerCore core) {
    this.network = network;
    this.options = options;
    this.core = core;
    this.learningRate = options.optimizer().learningRate();
  }

  static Trainer open(Network network, @Nullable Weights given, TrainOptions options) {
    if (given != null) {
      refuseCodes(network, given);
    }
    if (given != null && !options.freshHead()) {
      return new Trainer(network, options, new TrainerCore(network, given, options));
    }
    Map<String, Tensor> initial = given == null
        ? InitialWeights.of(network, options.seed())
        : InitialWeights.withFreshHead(network, given, options.seed());
    try (Weights weights = Weights.of(initial)) {
      return new Trainer(network, options, new TrainerCore(network, weights, options));
    }
  }

  /** Steps are far smaller than what the codes of a quantised file tell apart. */
  private static void refuseCodes(Network network, Weights given) {
    for (Network.Parameter parameter : network.parameters()) {
      if (given.contains(parameter.name()) && given.get(parameter.name()).dtype() == DType.I8) {
        throw new WeightsException(given.get(parameter.name()) + " is quantised; train the weights that it was made from");
      }
    }
  }

  /** What is trained. */
  public Network network() {
    return network;
  }

  /** How. */
  public TrainOptions options() {
    return options;
  }

  /**
   * Goes through a data set as {@code how} says. Batches are prepared by another thread meanwhile.
   *
   * @return what came of each epoch
   * @throws TrainingException naming the step, if the loss or a gradient is no finite number; parameters are as before that step
   * @throws ArgumentException if the data set is empty, a label is out of range, or a checkpoint is of another setup
   * @throws ShapeException if a sample has not the network's shape
   * @throws FormatException if a sample or checkpoint cannot be read
   * @throws WeightsException if a checkpoint cannot be written; the one before is whole
   */
  public History fit(Dataset data, FitOptions how) {
    try {
      return new FitLoop(this, data, how).run();
    } finally {
      stopping = false;
    }
  }

  /**
   * Lets {@link #fit} save a checkpoint, if it has been told where, and return after the step in progress; if it is not running yet,
   * after its first. From any thread.
   */
  public void stop() {
    stopping = true;
  }

  boolean isStopping() {
    return stopping;
  }

  /**
   * Loss and accuracy on a data set, with moving statistics and without dropout. Changes nothing.
   *
   * @throws ArgumentException if the data set is empty or a label is out of range
   * @throws ShapeException if a sample has not the network's shape
   * @throws FormatException if a sample cannot be read
   */
  public Evaluation evaluate(Dataset data) {
    return Objects.requireNonNull(evaluate(data, () -> false));
  }

  /** The same; null if it was interrupted. */
  @Nullable Evaluation evaluate(Dataset data, BooleanSupplier interrupted) {
    int batchSize = core.capacity() > 1 ? core.capacity() : EVALUATION_BATCH;
    double loss = 0;
    long correct = 0;
    int samples = 0;
    try (Batches batches = new Batches(data, plan(batchSize))) {
      for (Batches.Batch batch = batches.next(); batch != null; batch = batches.next()) {
        if (interrupted.getAsBoolean()) {
          return null;
        }
        synchronized (core) {
          loss += batch.size() * core.evaluate(batch.samples(), batch.labels(), batch.size());
          correct += core.correct();
        }
        samples += batch.size();
      }
    }
    return new Evaluation((double) correct / samples, loss / samples, samples);
  }

  private Batches.Plan plan(int batch) {
    long[] shape = network.inputShape();
    return Batches.Plan.once(batch, (int) shape[0], (int) shape[1], (int) shape[2], classes());
  }

  /** Units of the main head. */
  int classes() {
    int logits = network.nodes().indexOf(network.heads().get(0).logits());
    return (int) (long) network.graph().use(graph -> NetworkReader.nodeShape(graph, logits)[0]);
  }

  /**
   * One step on labelled pictures.
   *
   * @param nchw pictures from position to limit: direct, of native byte order; the batch follows from the length
   * @param labels one class a picture
   * @return the total loss before the update; NaN if it or a gradient is not finite: then nothing was updated
   * @throws ShapeException if the pictures' numbers do not fit
   * @throws ArgumentException if a label is out of range or there are not as many as pictures
   */
  public double step(FloatBuffer nchw, int... labels) {
    int count = count(nchw);
    if (labels.length != count) {
      throw new ArgumentException("%,d labels for a batch of %,d pictures".formatted(labels.length, count));
    }
    return core.step(learningRate, checked(nchw).slice(), labels, count);
  }

  /**
   * One step towards distributions over classes, such as one-hot ones.
   *
   * @param nchw pictures, as in {@link #step(FloatBuffer, int...)}
   * @param targets N,classes, likewise
   */
  public double step(FloatBuffer nchw, FloatBuffer targets) {
    int count = count(nchw);
    return core.step(learningRate, checked(nchw).slice(), checked(targets).slice(), count);
  }

  /** The loss of labelled pictures, with moving statistics and without dropout; see {@link #step(FloatBuffer, int...)}. */
  public double evaluate(FloatBuffer nchw, int... labels) {
    int count = count(nchw);
    if (labels.length != count) {
      throw new ArgumentException("%,d labels for a batch of %,d pictures".formatted(labels.length, count));
    }
    return core.evaluate(checked(nchw).slice(), labels, count);
  }

  private int count(FloatBuffer nchw) {
    long picture = 1;
    for (long dim : network.inputShape()) {
      picture *= dim;
    }
    if (!nchw.hasRemaining() || nchw.remaining() % picture != 0) {
      throw new ShapeException("the batch has %,d numbers, no multiple of a picture's %,d".formatted(nchw.remaining(), picture));
    }
    return (int) (nchw.remaining() / picture);
  }

  private static FloatBuffer checked(FloatBuffer buffer) {
    if (!buffer.isDirect() || buffer.order() != ByteOrder.nativeOrder()) {
      throw new ArgumentException("a direct buffer of native byte order is needed");
    }
    return buffer;
  }

  TrainerCore core() {
    return core;
  }

  /** The rate of the steps that follow; {@link #fit} sets its own. */
  public double learningRate() {
    return learningRate;
  }

  /**
   * Sets the rate of the steps that follow.
   *
   * @throws ArgumentException if it is negative or no number
   */
  public void learningRate(double rate) {
    if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new ArgumentException("a learning rate of " + rate + " is impossible");
    }
    learningRate = rate;
  }

  /** Updates made since the parameters were fresh, also before a resumption. */
  public long steps() {
    return core.steps();
  }

  /** Pictures of the last step or evaluation whose class the main head found. */
  public long correct() {
    return core.correct();
  }

  /** The last step's or evaluation's loss of one head, not weighted; heads in the network's order. */
  public double headLoss(int head) {
    return core.use(trainer -> trainer.head_loss(head));
  }

  /**
   * A copy of all parameters as they are now, moving statistics included. Closing it frees its memory at once; it may also be left to
   * the garbage collector.
   */
  public Weights weights() {
    synchronized (core) {
      return Weights.collected("weights of " + network + " in training", core.parameters());
    }
  }

  /**
   * The gradient of a parameter that the last step computed, before clipping and decay.
   *
   * @throws ArgumentException if there is no such parameter, it has no gradient, or no step was made
   */
  public Tensor gradient(String parameter) {
    return core.gradient(parameter);
  }

  /** The optimizer's tensors, named {@code <parameter>/momentum} and the like; a copy as {@link #weights()} is. */
  public Weights optimizerState() {
    synchronized (core) {
      return Weights.collected("optimizer state of " + network, core.state());
    }
  }

  /** Bytes of parameters, gradients and optimizer state. */
  public long parameterBytes() {
    return core.use(NativeTrainer::parameter_bytes);
  }

  /** Bytes of activations and their gradients, for the largest batch so far. */
  public long arenaBytes() {
    return core.use(NativeTrainer::arena_bytes);
  }

  /** The plan of a full batch's step as a JSON array, in the form of {@link Model#explain()}. */
  public String explain() {
    return core.use(NativeTrainer::explain);
  }

  /** The same with each part's {@code milliseconds}: the median of {@code runs} on made-up pictures; parameters stay. */
  public String profile(int runs) {
    if (runs < 1) {
      throw new ArgumentException("runs is " + runs + ", the least is 1");
    }
    return core.use(trainer -> trainer.profile(runs));
  }

  @Override
  public void close() {
    core.close();
  }
}
