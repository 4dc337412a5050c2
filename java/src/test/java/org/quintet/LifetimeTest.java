package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.quintet.testing.Recipe;

/** Closed objects, objects being closed, and weights that are no numbers. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LifetimeTest {
  private static final float[] PICTURE = Recipe.input(1, 1, 1, 32, 32);

  private static Model lenet(CompileOptions options) {
    Network network = LeNet.network();
    try (Weights weights = Recipe.article(network, 1)) {
      return network.compile(weights, options);
    }
  }

  @Test
  void everyUseOfAClosedModelOrItsSessionsIsAClosedException() {
    Model model = lenet(CompileOptions.defaults());
    Session session = model.session();
    model.run(PICTURE);
    model.close();
    model.close();
    List<Executable> uses =
        List.of(
            model::session, () -> model.session(2), () -> model.session(1, 32, 32), () -> model.run(PICTURE), model::explain,
            () -> model.profile(1), model::packedBytes, model::arenaBytes, session::run,
            () -> session.run(PICTURE, new float[10]));
    for (Executable use : uses) {
      assertThrows(ClosedException.class, use);
    }
    session.close();
    session.close();
    assertEquals(10, session.output().remaining());
    assertEquals("lenet5/article", model.toString());
  }

  @Test
  void sessionsOfEightThreadsGiveTheSameBitsUntilOneOfThemClosesTheModel() throws Exception {
    for (CompileOptions options : List.of(CompileOptions.latency().threads(2), CompileOptions.throughput(), CompileOptions.defaults().threads(1).lanes(3))) {
      Model model = lenet(options);
      float[] expected = model.run(PICTURE);
      ExecutorService pool = Executors.newFixedThreadPool(8);
      List<Future<Integer>> ends = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int runs = i == 0 ? 40 : Integer.MAX_VALUE;
        ends.add(pool.submit(() -> runUntilClosed(model, expected, runs)));
      }
      for (Future<Integer> end : ends) {
        assertTrue(end.get() >= 0);
      }
      pool.shutdown();
      assertTrue(model.isClosed());
    }
  }

  /** Runs in sessions of its own, closing and opening them on the way; the one with a limit closes the model. */
  private static int runUntilClosed(Model model, float[] expected, int limit) {
    float[] result = new float[expected.length];
    int runs = 0;
    try {
      while (runs < limit) {
        try (Session session = model.session()) {
          for (int i = 0; i < 5; i++, runs++) {
            session.run(PICTURE, result);
            assertArrayEquals(expected, result);
          }
        }
      }
      model.close();
    } catch (ClosedException e) {
      assertTrue(model.isClosed(), e.getMessage());
    }
    return runs;
  }

  @Test
  void aSessionClosedByAnotherThreadEndsTheRunInItFirst() throws Exception {
    try (Model model = lenet(CompileOptions.defaults().threads(1))) {
      for (int round = 0; round < 50; round++) {
        Session session = model.session();
        Thread closer = new Thread(session::close);
        closer.start();
        assertThrows(
            ClosedException.class,
            () -> {
              while (true) {
                session.run();
              }
            });
        closer.join();
      }
    }
  }

  @Test
  void weightsThatAreNoNumbersAreTakenAndTheAnswersAreNoNumbersEither() {
    Network network = LeNet.network();
    try (Weights good = Recipe.article(network, 1)) {
      for (String name : good.names()) {
        try (Weights bad = Weights.of(withNan(good, name)); Model model = network.compile(bad, CompileOptions.defaults())) {
          float[] logits = model.run(PICTURE);
          assertTrue(Float.isNaN(logits[0]), name + ": " + Arrays.toString(logits));
        }
      }
    }
  }

  @Test
  void aPictureThatIsNoNumberSpoilsNoOther() {
    try (Model model = lenet(CompileOptions.defaults())) {
      float[] expected = model.run(PICTURE);
      float[] nan = new float[PICTURE.length];
      Arrays.fill(nan, Float.NaN);
      model.run(nan);
      assertArrayEquals(expected, model.run(PICTURE));
    }
  }

  private static Map<String, Tensor> withNan(Weights good, String name) {
    float[] values = good.get(name).toFloats();
    values[0] = Float.NaN;
    Tensor spoilt = Tensor.of(values, good.get(name).shape());
    return Stream.concat(good.names().stream().filter(n -> !n.equals(name)).map(n -> Map.entry(n, good.get(n))), Stream.of(Map.entry(name, spoilt)))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
