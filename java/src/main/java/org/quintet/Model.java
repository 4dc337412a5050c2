package org.quintet;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.quintet.internal.NativeHandle;
import org.quintet.internal.bindings.Core;
import org.quintet.internal.bindings.NativeCompileOptions;
import org.quintet.internal.bindings.NativeGraph;
import org.quintet.internal.bindings.NativeModel;
import org.quintet.internal.bindings.NativeTensorTable;
import org.quintet.weights.Store;
import org.quintet.weights.StoredTensor;

/**
 * A network with weights, compiled for this CPU. Immutable and thread-safe; made by {@link Network#compile}.
 *
 * <p>Owns native memory. {@link #close()} waits for runs in flight, closes all sessions and frees; everything after that is a
 * {@link ClosedException}. What sessions read and wrote stays readable.
 */
public final class Model implements AutoCloseable {
  private final Network network;
  private final CompileOptions options;
  private final NativeHandle<NativeModel> handle;
  private final List<String> outputs;
  private final SessionPool pool;

  private Model(Network network, CompileOptions options, NativeHandle<NativeModel> handle, int lanes) {
    this.network = network;
    this.options = options;
    this.handle = handle;
    this.outputs =
        handle.use(model -> IntStream.range(0, model.output_count()).mapToObj(model::output_name).toList());
    this.pool = new SessionPool(this, 2 * lanes);
  }

  static Model compile(Network network, Weights weights, CompileOptions options) {
    int allowed = Quintet.allowedThreads();
    NativeHandle<NativeModel> handle =
        NativeHandle.owned(
            "model " + network,
            () -> weights.whileOpen(() -> network.graph().use(graph -> open(graph, weights, options, allowed))),
            Core::destroy);
    return new Model(network, options, handle, options.lanesOf(allowed));
  }

  /** The numbers are packed into the model: what is left of the file's pages need not stay in memory. */
  private static void releasePages(Weights weights) {
    try {
      weights.releasePages();
    } catch (ClosedException e) {
      // Another thread has begun to close them: the pages are about to go.
    }
  }

  private static NativeModel open(NativeGraph graph, Weights weights, CompileOptions options, int allowed) {
    Path tuning = options.tuning();
    String choices = tuning == null ? "" : new TuningCache(tuning, options).lines();
    return withNative(weights, options, allowed, (table, nativeOptions) -> {
      NativeModel model = new NativeModel(graph, table, nativeOptions.choices(choices));
      releasePages(weights);
      return model;
    });
  }

  /** See {@link Network#load}. */
  static Model load(Network network, SavedPlan plan, CompileOptions options) {
    Store store = new Store();
    try {
      Collection<StoredTensor> tensors = plan.map(store);
      NativeHandle<NativeModel> handle =
          NativeHandle.owned(
              "model " + network,
              () -> network.graph().use(graph -> open(graph, tensors, plan.choices(), options)),
              model -> {
                Core.destroy(model);
                store.close();   // what the model reads lies in the file
              });
      return new Model(network, options, handle, options.lanes());
    } catch (Throwable e) {
      store.close();
      throw e;
    }
  }

  private static NativeModel open(NativeGraph graph, Collection<StoredTensor> tensors, String choices, CompileOptions options) {
    NativeTensorTable table = new NativeTensorTable();
    NativeCompileOptions nativeOptions = new NativeCompileOptions();
    try {
      tensors.forEach(
          t -> Core.add_tensor(table, t.name(), t.type().ordinal(), t.shape(), t.shape().length, t.address(), t.bytes(), true));
      return new NativeModel(graph, table, fill(nativeOptions, options, options.threads()).choices(choices).saved(true));
    } finally {
      Core.destroy(nativeOptions);
      Core.destroy(table);
    }
  }

  static Tuning tune(Network network, Weights weights, CompileOptions options) {
    int allowed = Quintet.allowedThreads();
    TuningCache cache = new TuningCache(Objects.requireNonNull(options.tuning()), options);
    String report =
        weights.whileOpen(
            () ->
                network
                    .graph()
                    .use(graph -> withNative(weights, options, allowed, (table, nativeOptions) -> Core.tune(graph, table, nativeOptions))));
    Tuning tuning = Tuning.parse(report);
    cache.add(tuning);
    return tuning;
  }

  private static <R> R withNative(
      Weights weights, CompileOptions options, int allowed, BiFunction<NativeTensorTable, NativeCompileOptions, R> call) {
    NativeTensorTable table = new NativeTensorTable();
    NativeCompileOptions nativeOptions = new NativeCompileOptions();
    try {
      weights.fill(
          (name, type, shape, address, bytes, inFile) ->
              Core.add_tensor(table, name, type.ordinal(), shape, shape.length, address, bytes, inFile));
      return call.apply(table, fill(nativeOptions, options, allowed));
    } finally {
      Core.destroy(nativeOptions);
      Core.destroy(table);
    }
  }

  private static NativeCompileOptions fill(NativeCompileOptions target, CompileOptions options, int allowed) {
    return target
        .precision(options.precision().nativeValue())
        .threads(options.threadsOf(allowed))
        .lanes(options.lanesOf(allowed))
        .batch(options.batch())
        .height(options.height())
        .width(options.width())
        .plan_cache(options.planCache())
        .without(String.join("\n", options.without()))
        .outputs(String.join("\n", options.outputs()))
        .heads(String.join("\n", options.heads()))
        .ignore_unused(options.unusedAllowed());
  }

  /** The description that was compiled. */
  public Network network() {
    return network;
  }

  /** How it was compiled. */
  public CompileOptions options() {
    return options;
  }

  /**
   * What a run computes, in order: for each head {@code <head>.logits} and, if it has one, {@code <head>.softmax}; then the nodes
   * asked for by {@link CompileOptions#outputs(String...)}.
   */
  public List<String> outputs() {
    return outputs;
  }

  /** A session of the batch and picture size that was compiled. */
  public Session session() {
    return session(options.batch());
  }

  /** A session of another batch; plans for it first if it is new, which takes a while. */
  public Session session(int batch) {
    return session(batch, options.height(), options.width());
  }

  /**
   * A session of any shape; plans for it first if it is new, which takes a while.
   *
   * @param batch pictures per run
   * @param height rows of a picture; 0: as compiled
   * @param width columns of a picture; 0: as compiled
   * @throws ShapeException if the network does not work on such pictures
   */
  public Session session(int batch, int height, int width) {
    return new Session(this, batch, height, width);
  }

  /**
   * Runs on pictures of the compiled size and returns the main head's logits. From any thread, any number at a time: runs wait for
   * a lane in order. Copies in and out; a {@link Session} does not.
   *
   * @param nchw batch, channels, height, width; the batch follows from the length
   * @return batch, classes
   * @throws ShapeException if the length is no multiple of a picture's
   */
  public float[] run(float[] nchw) {
    long picture = pictureSize();
    if (nchw.length == 0 || nchw.length % picture != 0) {
      throw new ShapeException(
          "input of " + this + " has " + nchw.length + " values, no multiple of a picture's " + picture);
    }
    Session session = pool.take((int) (nchw.length / picture));
    try {
      float[] result = new float[session.output().remaining()];
      session.run(nchw, result);
      return result;
    } finally {
      pool.giveBack(session);
    }
  }

  private long pictureSize() {
    long[] shape = network.inputShape();
    long height = options.height() > 0 ? options.height() : shape[1];
    long width = options.width() > 0 ? options.width() : shape[2];
    return shape[0] * height * width;
  }

  /**
   * The plan as a JSON array: step, kernel, layout, precision, shape, macs, bytes; and {@code chosen_by}, {@code model} or
   * {@code measurement}, where there was a choice of kernels. After {@link #profile} also what that says.
   */
  public String explain() {
    return handle.use(NativeModel::explain);
  }

  /**
   * As {@link #explain()}, with each step's {@code milliseconds}: the median of {@code runs}. Beside them {@code gflops}, by the operator's
   * own arithmetic, so that Winograd may pass the machine's peak; {@code bound}, {@code compute} or {@code memory}; {@code least_ms}, what
   * the kernel's multiplications or bytes take by {@link #limits()}; and {@code roofline}, the share that this is of milliseconds.
   */
  public String profile(int runs) {
    if (runs < 1) {
      throw new ArgumentException("runs is " + runs + ", the least is 1");
    }
    return handle.use(model -> model.profile(runs));
  }

  /**
   * A JSON object about what the machine can do at most with the threads of a run: {@code threads}; {@code gflops}, float32 in registers;
   * {@code read_gb_per_second}, reading as many bytes over and over as the model's weights and activations have, {@code
   * working_set_bytes}. Measured when first asked for, by this or {@link #profile}, which takes some tenths of a second.
   */
  public String limits() {
    return handle.use(NativeModel::limits);
  }

  /** Bytes of weights as the plan reads them. */
  public long packedBytes() {
    return handle.use(NativeModel::packed_bytes);
  }

  /** Bytes of activations of one lane, for the largest plan. */
  public long arenaBytes() {
    return handle.use(NativeModel::arena_bytes);
  }

  /**
   * Saves the model as one file, to be mapped again by {@link Network#load(Path)} without packing: weights as the plan reads them, and how
   * each layer is computed. Good for the same kind of CPU, versions of Quintet and oneDNN, and network only. The file appears under its
   * name only when it is whole and on the disk; until then one that was there stays.
   *
   * @throws WeightsException if it cannot be written, with the system's reason, or if weights are no numbers (NaN)
   */
  public void save(Path path) {
    save(path, Map.of());
  }

  /**
   * As {@link #save(Path)}, with words beside the plan in the file's metadata, which {@link Weights#metadata} reads.
   *
   * @param metadata words by their keys; keys that begin with {@code quintet.plan.} are the plan's own
   * @throws ArgumentException if there is such a key
   */
  public void save(Path path, Map<String, String> metadata) {
    SavedPlan.write(this, path, metadata);
  }

  /**
   * Names of the parameters that the model saved in {@code plan} was compiled from: which form of a network it is.
   *
   * @throws FormatException if the file cannot be read, is damaged, or is no saved plan
   */
  public static Set<String> savedParameters(Path plan) {
    return SavedPlan.read(plan).parameters();
  }

  /** Whether {@link #close()} was called. */
  public boolean isClosed() {
    return handle.isClosed();
  }

  @Override
  public void close() {
    handle.close();
  }

  /** The network's name and variant. */
  @Override
  public String toString() {
    return network.toString();
  }

  NativeHandle<NativeModel> handle() {
    return handle;
  }
}
