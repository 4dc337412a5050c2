package org.quintet.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.quintet.Session;

/**
 * How long runs took.
 *
 * @param sorted nanoseconds of each run, the shortest first
 * @param seconds from the first run's start to the last one's end
 */
record Measurement(long[] sorted, double seconds) {
  private static final int LEAST_RUNS = 5;
  private static final int WARM_RUNS = 3;
  private static final double WARM_SECONDS = 0.3;

  /** Runs {@code session} until it is warm. */
  static void warm(Session session) {
    long end = System.nanoTime() + (long) (WARM_SECONDS * 1e9);
    for (int i = 0; i < WARM_RUNS || System.nanoTime() < end; i++) {
      session.run();
    }
  }

  /** Runs each session in a thread of its own for {@code seconds}, and at least a few times; a single one in this thread. */
  static Measurement of(List<Session> sessions, double seconds) {
    if (sessions.size() == 1) {
      long start = System.nanoTime();
      long[] times = times(sessions.get(0), seconds);
      return of(List.of(times), System.nanoTime() - start);
    }
    ExecutorService threads = Executors.newFixedThreadPool(sessions.size());
    try {
      return concurrently(sessions, seconds, threads);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private static Measurement concurrently(List<Session> sessions, double seconds, ExecutorService threads)
      throws InterruptedException, ExecutionException {
    CountDownLatch ready = new CountDownLatch(sessions.size());
    List<Future<long[]>> running = new ArrayList<>();
    for (Session session : sessions) {
      running.add(threads.submit(() -> {
        warm(session);
        ready.countDown();
        ready.await();
        return times(session, seconds);
      }));
    }
    ready.await();
    long start = System.nanoTime();
    List<long[]> times = new ArrayList<>();
    for (Future<long[]> future : running) {
      times.add(future.get());
    }
    return of(times, System.nanoTime() - start);
  }

  private static Measurement of(List<long[]> times, long nanoseconds) {
    return new Measurement(times.stream().flatMapToLong(Arrays::stream).sorted().toArray(), nanoseconds / 1e9);
  }

  private static long[] times(Session session, double seconds) {
    long[] times = new long[1 << 12];
    int runs = 0;
    long now = System.nanoTime();
    long end = now + (long) (seconds * 1e9);
    while (now < end || runs < LEAST_RUNS) {
      if (runs == times.length) {
        times = Arrays.copyOf(times, 2 * runs);
      }
      session.run();
      long after = System.nanoTime();
      times[runs++] = after - now;
      now = after;
    }
    return Arrays.copyOf(times, runs);
  }

  /** Milliseconds that {@code percent} of the runs did not exceed. */
  double milliseconds(double percent) {
    int index = (int) Math.ceil(percent / 100 * sorted.length) - 1;
    return sorted[Math.max(0, index)] / 1e6;
  }

  /** Runs in all. */
  int runs() {
    return sorted.length;
  }
}
