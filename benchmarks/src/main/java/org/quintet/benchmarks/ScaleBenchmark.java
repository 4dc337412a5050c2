package org.quintet.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Quintet;
import org.quintet.Session;
import org.quintet.Weights;

/**
 * What many callers at a time do to throughput and waiting: Java threads that each run a session of their own over and over, on models with
 * one lane, with a lane a CPU, and with one lane of all CPUs.
 *
 * <p>Arguments: seconds for each row, then networks (resnet18 and lenet5 if there is none). {@code of best} is a row's throughput against the
 * best of its model; {@code of fair} is its 99th percentile against what a caller waits in a fair queue: the callers before it, shared among
 * the lanes.
 */
public final class ScaleBenchmark {
  private static final int[] CALLERS = {1, 2, 4, 8, 64};
  private static final double WARM_SECONDS = 0.5;

  private ScaleBenchmark() {}

  /** What one row of callers did. */
  private record Row(int callers, double imagesPerSecond, double median, double p99) {}

  /** See the class. */
  public static void main(String[] arguments) throws InterruptedException, ExecutionException {
    double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 3;
    List<String> networks = arguments.length > 1 ? List.of(arguments).subList(1, arguments.length) : List.of("resnet18", "lenet5");
    int cpus = Quintet.allowedThreads();
    for (String name : networks) {
      Network network = Subject.network(name);
      double one = measure(network, "1 lane x 1 thread", CompileOptions.defaults().threads(1), 1, seconds, new int[] {1});
      double all = measure(network, cpus + " lanes x 1 thread", CompileOptions.throughput(), cpus, seconds, CALLERS);
      measure(network, "1 lane x " + cpus + " threads", CompileOptions.latency(), 1, seconds, CALLERS);
      System.out.printf(Locale.ROOT, "%s: %d lanes answer %.2f times as many as one%n%n", name, cpus, all / one);
    }
  }

  /** Prints a row for each number of callers; returns the best throughput. */
  private static double measure(Network network, String what, CompileOptions options, int lanes, double seconds, int[] callers)
      throws InterruptedException, ExecutionException {
    List<Row> rows = new ArrayList<>();
    try (Weights weights = Subject.weights(network);
        Model model = network.compile(weights, options.heads(Subject.mainHead(network)))) {
      for (int count : callers) {
        rows.add(run(model, count, seconds));
      }
    }
    double best = rows.stream().mapToDouble(Row::imagesPerSecond).max().orElse(Double.NaN);
    double alone = rows.get(0).median;
    for (Row row : rows) {
      double fair = alone * Math.max(1, row.callers / (double) lanes);
      System.out.printf(
          Locale.ROOT, "%-10s %-20s %3d callers %10.1f images/s (%5.1f %% of best)  median %9.3f ms  p99 %9.3f ms (%.2f of fair)%n", network.name(), what,
          row.callers, row.imagesPerSecond, 100 * row.imagesPerSecond / best, row.median, row.p99, row.p99 / fair);
    }
    return best;
  }

  private static Row run(Model model, int callers, double seconds) throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try {
      CyclicBarrier together = new CyclicBarrier(callers);
      List<Future<long[]>> running = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        running.add(threads.submit(() -> {
          try (Session session = model.session()) {
            Subject.fill(session.input());
            times(session, WARM_SECONDS);
            together.await();
            return times(session, seconds);
          }
        }));
      }
      List<long[]> times = new ArrayList<>();
      for (Future<long[]> future : running) {
        times.add(future.get());
      }
      long[] sorted = times.stream().flatMapToLong(Arrays::stream).sorted().toArray();
      long inTime = times.stream().mapToLong(t -> completed(t, seconds)).sum();
      return new Row(callers, inTime / seconds, sorted[sorted.length / 2] / 1e6, sorted[(int) (0.99 * (sorted.length - 1))] / 1e6);
    } finally {
      threads.shutdownNow();
    }
  }

  /** How many runs one after the other ended in time: the last ones, at which not all callers run any more, do not count. */
  private static long completed(long[] times, double seconds) {
    long left = (long) (seconds * 1e9);
    int runs = 0;
    while (runs < times.length && times[runs] <= left) {
      left -= times[runs++];
    }
    return runs;
  }

  /** Nanoseconds of each run. */
  private static long[] times(Session session, double seconds) {
    long[] times = new long[1 << 10];
    int runs = 0;
    long now = System.nanoTime();
    for (long end = now + (long) (seconds * 1e9); now < end; ) {
      session.run();
      long after = System.nanoTime();
      if (runs == times.length) {
        times = Arrays.copyOf(times, 2 * runs);
      }
      times[runs++] = after - now;
      now = after;
    }
    return Arrays.copyOf(times, runs);
  }
}
