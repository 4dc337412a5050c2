package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.quintet.testing.Recipe;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ModelTest {
  private static final int THREADS = 16;

  /** A convolution that takes a while: the run can be met in flight. */
  private static Model slow(CompileOptions options) {
    Graph graph = new Graph("slow");
    Node x = graph.input(32, 112, 112);
    for (int i = 0; i < 2; i++) {
      x = x.convolution("conv" + i, Convolution.of(64, 5).same());
    }
    graph.head("main", x.globalAveragePool("pool"), null);
    return compile(graph.build("test"), options);
  }

  private static Model lenet(CompileOptions options) {
    return compile(LeNet.network(), options);
  }

  private static Model compile(Network network, CompileOptions options) {
    try (Weights weights = Recipe.article(network, 1)) {
      return network.compile(weights, options);
    }
  }

  @Test
  void outputsAreTheHeadsAndThenTheNodesAskedFor() {
    try (Model model = lenet(CompileOptions.defaults().outputs("pool1", "conv2"))) {
      assertEquals(List.of("preds.logits", "preds.softmax", "pool1", "conv2"), model.outputs());
      Session session = model.session();
      assertArrayEquals(new long[] {1, 50, 16, 16}, session.outputShape("conv2"));
      session.input().put(Recipe.input(1, 1, 1, 32, 32));
      session.run();
      float largest = 0;
      for (int i = 0; i < session.output("conv2").capacity(); i++) {
        float value = session.output("conv2").get(i);
        assertTrue(value >= 0, "conv2 ends in a ReLU");
        largest = Math.max(largest, value);
      }
      assertTrue(largest > 0);
    }
  }

  @Test
  void missingAndLeftOverWeightsAreNamedTogether() {
    Network network = LeNet.network();
    try (Weights all = Recipe.article(network, 1);
        Weights renamed = all.rename(name -> name.equals("conv1.weight") ? "odd.weight" : name)) {
      WeightsException e = assertThrows(WeightsException.class, () -> network.compile(renamed, CompileOptions.defaults()));
      assertTrue(e.getMessage().contains("conv1.weight") && e.getMessage().contains("odd.weight"), e.getMessage());
    }
  }

  @Test
  void weightsLeftOverMayBeIgnoredByAsking() {
    Network network = LeNet.network();
    try (Weights all = Recipe.article(network, 1);
        Weights more = Weights.of(Map.of("more", Tensor.of(new float[1], 1)))) {
      Map<String, Tensor> tensors = new HashMap<>();
      all.names().forEach(name -> tensors.put(name, all.get(name)));
      tensors.put("more", more.get("more"));
      try (Weights both = Weights.of(tensors)) {
        assertThrows(WeightsException.class, () -> network.compile(both, CompileOptions.defaults()));
        network.compile(both, CompileOptions.defaults().ignoreUnused()).close();
      }
    }
  }

  @Test
  void closedWeightsCannotBeCompiled() {
    Network network = LeNet.network();
    Weights weights = Recipe.article(network, 1);
    weights.close();
    assertThrows(ClosedException.class, () -> network.compile(weights, CompileOptions.defaults()));
  }

  @Test
  void unknownNamesInTheOptionsAreArgumentErrors() {
    for (CompileOptions options :
        List.of(
            CompileOptions.defaults().without("nonsense"), CompileOptions.defaults().outputs("nonsense"),
            CompileOptions.defaults().heads("nonsense"))) {
      ArgumentException e = assertThrows(ArgumentException.class, () -> lenet(options));
      assertTrue(e.getMessage().contains("nonsense"), e.getMessage());
    }
    assertThrows(ArgumentException.class, () -> CompileOptions.defaults().threads(-1));
    assertThrows(ArgumentException.class, () -> CompileOptions.defaults().batch(0));
  }

  @Test
  void anInputOfNoWholePicturesIsAShapeError() {
    try (Model model = lenet(CompileOptions.defaults())) {
      assertThrows(ShapeException.class, () -> model.run(new float[1023]));
      assertThrows(ShapeException.class, () -> model.run(new float[0]));
    }
  }

  @Test
  void aSessionOfAnImpossibleShapeIsAShapeError() {
    try (Model model = lenet(CompileOptions.defaults())) {
      assertThrows(QuintetException.class, () -> model.session(0));
      assertThrows(ShapeException.class, () -> model.session(1, 64, 64));
    }
  }

  @Test
  void manyThreadsGetTheSameBitsAsOne() throws Exception {
    try (Model model = lenet(CompileOptions.throughput())) {
      List<float[]> pictures = new ArrayList<>();
      List<float[]> expected = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        pictures.add(Recipe.input(i, 1 + i % 3, 1, 32, 32));
        expected.add(model.run(pictures.get(i)));
      }
      inParallel(
          THREADS,
          i -> {
            for (int round = 0; round < 25; round++) {
              assertArrayEquals(expected.get(i), model.run(pictures.get(i)));
            }
          });
    }
  }

  @Test
  void aSecondThreadInOneSessionIsAnErrorNotACrash() throws Exception {
    try (Model model = slow(CompileOptions.throughput().lanes(2))) {
      Session session = model.session();
      AtomicInteger refused = new AtomicInteger();
      inParallel(
          4,
          i -> {
            try {
              session.run();
            } catch (ArgumentException e) {
              refused.incrementAndGet();
            }
          });
      assertTrue(refused.get() >= 1 && refused.get() <= 3, refused + " refused");
    }
  }

  @Test
  void closingWaitsForRunsInFlightAndRefusesLaterOnes() throws Exception {
    Model model = slow(CompileOptions.defaults().threads(1));
    Session session = model.session();
    CountDownLatch started = new CountDownLatch(1);
    AtomicInteger finished = new AtomicInteger();
    Thread runner =
        new Thread(
            () -> {
              started.countDown();
              session.run();
              finished.incrementAndGet();
            });
    runner.start();
    started.await();
    Thread.sleep(20);
    model.close();
    assertEquals(1, finished.get() + (runner.isAlive() ? 1 : 0), "the run was inside when close() began, or had ended");
    runner.join();
    assertEquals(1, finished.get());
    assertTrue(model.isClosed());
    assertTrue(session.isClosed());
    assertThrows(ClosedException.class, session::run);
    assertThrows(ClosedException.class, model::session);
    assertThrows(ClosedException.class, model::explain);
    assertThrows(ClosedException.class, () -> model.run(new float[32 * 112 * 112]));
    session.close();
    model.close();
  }

  @Test
  void closingUnderLoadEndsEveryThreadWithAResultOrAClearError() throws Exception {
    for (int round = 0; round < 10; round++) {
      Model model = lenet(CompileOptions.throughput());
      float[] picture = Recipe.input(1, 1, 1, 32, 32);
      float[] expected = model.run(picture);
      AtomicInteger closed = new AtomicInteger();
      inParallel(
          8,
          i -> {
            if (i == 0) {
              Thread.sleep(5);
              model.close();
              return;
            }
            try {
              while (true) {
                assertArrayEquals(expected, model.run(picture));
              }
            } catch (ClosedException e) {
              closed.incrementAndGet();
            }
          });
      assertEquals(7, closed.get());
    }
  }

  @Test
  void nativeMemoryIsGivenBackByClosing() {
    long before = Quintet.nativeMemory();
    Model model = lenet(CompileOptions.defaults());
    model.session();
    assertTrue(model.packedBytes() > 6_000_000, model.packedBytes() + " bytes packed");
    assertTrue(model.arenaBytes() > 0);
    long packed = model.packedBytes();
    assertTrue(Quintet.nativeMemory() >= before + packed);
    model.close();
    assertTrue(Quintet.nativeMemory() <= before, Quintet.nativeMemory() + " bytes left of " + before);
    assertTrue(Quintet.peakNativeMemory() >= before + packed);
  }

  @Test
  void aDeadlineThatPassesWhileOthersHoldTheLanesIsATimeout() throws Exception {
    try (Model model = slow(CompileOptions.defaults().threads(1))) {
      Session first = model.session();
      Session second = model.session();
      AtomicInteger late = new AtomicInteger();
      Thread holder = new Thread(first::run);
      holder.start();
      while (holder.isAlive() && late.get() == 0) {
        try {
          second.run(Duration.ofNanos(1));
        } catch (DeadlineException e) {
          late.incrementAndGet();
        }
      }
      holder.join();
      assertEquals(1, late.get());
      second.run();
    }
  }

  @Test
  void thePlanCanBeReadAndMeasured() {
    try (Model model = lenet(CompileOptions.defaults())) {
      assertTrue(model.explain().startsWith("["), model.explain());
      assertTrue(model.profile(3).contains("\"milliseconds\""), model.profile(3));
      assertThrows(ArgumentException.class, () -> model.profile(0));
      assertFalse(model.isClosed());
    }
  }

  private interface Task {
    void run(int index) throws Exception;
  }

  private static void inParallel(int threads, Task task) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Void>> calls = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int index = i;
        calls.add(
            () -> {
              task.run(index);
              return null;
            });
      }
      for (Future<Void> result : pool.invokeAll(calls)) {
        result.get();
      }
    } finally {
      pool.shutdown();
    }
  }
}
