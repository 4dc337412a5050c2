package org.quintet;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quintet.internal.NativeLibraries;

/**
 * How to compile a network. Immutable; each method returns a changed copy: {@code CompileOptions.latency().batch(8)}.
 *
 * @param precision what is promised about the numbers
 * @param threads threads that compute one run together; 0: all that are allowed, shared among the lanes
 * @param lanes runs at a time, others wait in line; 0: as many as the allowed threads make
 * @param batch pictures per run that is planned at once; others are planned when first asked for
 * @param height rows of a picture; 0: the network's own
 * @param width columns of a picture; 0: the network's own
 * @param planCache plans for different shapes that are kept, the least recently used goes first
 * @param without passes of the compiler that are switched off
 * @param outputs further nodes whose values are wanted, by name
 * @param heads heads that are wanted, by name; empty: all
 * @param unusedAllowed whether weights that the network has no place for are ignored, else they are an error
 * @param tuning directory of choices that {@link Network#tune} measured; null: the cost model's are taken
 */
public record CompileOptions(
    Precision precision,
    int threads,
    int lanes,
    int batch,
    int height,
    int width,
    int planCache,
    List<String> without,
    List<String> outputs,
    List<String> heads,
    boolean unusedAllowed,
    @Nullable Path tuning) {

  /**
   * Checks the numbers and copies the lists.
   *
   * @throws ArgumentException if one is below its least value
   */
  public CompileOptions {
    atLeast("threads", threads, 0);
    atLeast("lanes", lanes, 0);
    atLeast("batch", batch, 1);
    atLeast("height", height, 0);
    atLeast("width", width, 0);
    atLeast("planCache", planCache, 1);
    without = List.copyOf(without);
    outputs = List.copyOf(outputs);
    heads = List.copyOf(heads);
  }

  /** {@link Precision#EXACT}, one picture at a time, as {@link #latency()}. */
  public static CompileOptions defaults() {
    return new CompileOptions(Precision.EXACT, 0, 1, 1, 0, 0, 4, List.of(), List.of(), List.of(), false, null);
  }

  /** One run at a time, by all allowed threads. */
  public static CompileOptions latency() {
    return defaults();
  }

  /** As many runs at a time as threads are allowed, by one thread each. */
  public static CompileOptions throughput() {
    return defaults().threads(1).lanes(0);
  }

  /** Another promise about the numbers. */
  public CompileOptions precision(Precision value) {
    return new CompileOptions(value, threads, lanes, batch, height, width, planCache, without, outputs, heads, unusedAllowed, tuning);
  }

  /** Threads per run; 0: all that are allowed, shared among the lanes. */
  public CompileOptions threads(int value) {
    return new CompileOptions(precision, value, lanes, batch, height, width, planCache, without, outputs, heads, unusedAllowed, tuning);
  }

  /** Runs at a time; 0: as many as the allowed threads make. */
  public CompileOptions lanes(int value) {
    return new CompileOptions(precision, threads, value, batch, height, width, planCache, without, outputs, heads, unusedAllowed, tuning);
  }

  /** Pictures per run. */
  public CompileOptions batch(int value) {
    return new CompileOptions(precision, threads, lanes, value, height, width, planCache, without, outputs, heads, unusedAllowed, tuning);
  }

  /** Rows and columns of a picture, where the network permits others than its own. */
  public CompileOptions inputSize(int rows, int columns) {
    return new CompileOptions(precision, threads, lanes, batch, rows, columns, planCache, without, outputs, heads, unusedAllowed, tuning);
  }

  /** Plans kept. */
  public CompileOptions planCache(int value) {
    return new CompileOptions(precision, threads, lanes, batch, height, width, value, without, outputs, heads, unusedAllowed, tuning);
  }

  /** Switches these passes off, and no others. */
  public CompileOptions without(String... passes) {
    List<String> value = List.of(passes);
    return new CompileOptions(precision, threads, lanes, batch, height, width, planCache, value, outputs, heads, unusedAllowed, tuning);
  }

  /** Asks for the values of these nodes beside the heads. */
  public CompileOptions outputs(String... nodes) {
    List<String> value = List.of(nodes);
    return new CompileOptions(precision, threads, lanes, batch, height, width, planCache, without, value, heads, unusedAllowed, tuning);
  }

  /** Asks for these heads only. */
  public CompileOptions heads(String... names) {
    List<String> value = List.of(names);
    return new CompileOptions(precision, threads, lanes, batch, height, width, planCache, without, outputs, value, unusedAllowed, tuning);
  }

  /** Lets weights pass that the network has no place for, such as those of an auxiliary head. */
  public CompileOptions ignoreUnused() {
    return new CompileOptions(precision, threads, lanes, batch, height, width, planCache, without, outputs, heads, true, tuning);
  }

  /** Computes layers as {@link Network#tune} has found best on this machine, where it has. Compiling measures nothing. */
  public CompileOptions tune() {
    return tune(NativeLibraries.cacheDirectory("tuning"));
  }

  /** As {@link #tune()}, with choices kept in {@code directory}, which need not exist. */
  public CompileOptions tune(Path directory) {
    return new CompileOptions(precision, threads, lanes, batch, height, width, planCache, without, outputs, heads, unusedAllowed, directory);
  }

  /** Threads of one run where {@code allowed} may be used at all. */
  int threadsOf(int allowed) {
    return threads > 0 ? threads : Math.max(1, allowed / Math.max(1, lanes));
  }

  /** Runs at a time where {@code allowed} threads may be used at all. */
  int lanesOf(int allowed) {
    return lanes > 0 ? lanes : Math.max(1, allowed / threadsOf(allowed));
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new ArgumentException(name + " is " + value + ", the least is " + least);
    }
  }
}
