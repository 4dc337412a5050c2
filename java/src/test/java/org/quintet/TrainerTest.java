package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quintet.FitOptions.epochs;
import static org.quintet.TrainerNumbers.assertSameBits;
import static org.quintet.TrainerNumbers.numbers;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.data.Augmentation;
import org.quintet.data.Dataset;

class TrainerTest {
  private static final TrainOptions ADAM = TrainOptions.of(Loss.CATEGORICAL_CROSSENTROPY, Optimizer.adam(0.01)).seed(3);

  @TempDir Path folder;

  @Test
  void learnsAndTheCompiledModelAgreesWithTheTrainer() {
    Network network = TinyNetworks.withEverything();
    Dataset test = TinyNetworks.rows(90);
    try (Trainer trainer = network.trainer(ADAM)) {
      History history = trainer.fit(TinyNetworks.rows(300), epochs(8).batch(32).validation(test));
      assertEquals(8, history.epochs().size());
      assertEquals(History.End.FINISHED, history.end());
      assertEquals(8 * 10, trainer.steps(), "the last step of an epoch has 12 samples");
      assertTrue(history.epochs().get(7).loss() < history.epochs().get(0).loss());
      Evaluation evaluation = trainer.evaluate(test);
      assertEquals(90, evaluation.samples());
      assertTrue(evaluation.accuracy() > 0.95, "accuracy " + evaluation.accuracy());
      assertEquals(evaluation, history.epochs().get(7).validation());
      try (Weights weights = trainer.weights(); Model model = network.compile(weights, CompileOptions.defaults())) {
        Evaluation compiled = Evaluation.of(model, test, 16);
        assertEquals(evaluation.accuracy(), compiled.accuracy());
        assertEquals(evaluation.loss(), compiled.loss(), 1e-4);
        assertEquals(90, compiled.samples());
      }
    }
  }

  @Test
  void theSameSeedsGiveTheSameBitsAndOtherSeedsDoNot() {
    Map<String, float[]> first = fitted(ADAM, epochs(2).seed(5));
    assertSameBits(first, fitted(ADAM, epochs(2).seed(5)));
    assertFalse(Arrays.equals(first.get("conv.weight"), fitted(ADAM, epochs(2).seed(6)).get("conv.weight")));
    assertFalse(Arrays.equals(first.get("conv.weight"), fitted(ADAM.seed(4), epochs(2).seed(5)).get("conv.weight")));
  }

  private static Map<String, float[]> fitted(TrainOptions options, FitOptions how) {
    try (Trainer trainer = TinyNetworks.withEverything().trainer(options)) {
      trainer.fit(TinyNetworks.rows(100), how.augment(Augmentation.NONE.withShift(1)));
      return numbers(trainer);
    }
  }

  @Test
  void endsEarlyWhenTheLossFallsNoMore() {
    TrainOptions still = TrainOptions.of(Loss.CATEGORICAL_CROSSENTROPY, Optimizer.sgd(0)).seed(3);
    Path file = folder.resolve("checkpoint");
    try (Trainer trainer = TinyNetworks.withEverything().trainer(still.freeze("norm"))) {
      FitOptions how = epochs(50).batch(32).validation(TinyNetworks.rows(30)).earlyStop(3).checkpoint(file, 0);
      History history = trainer.fit(TinyNetworks.rows(40), how);
      assertEquals(History.End.EARLY, history.end());
      assertEquals(4, history.epochs().size());
      assertEquals(4, trainer.fit(TinyNetworks.rows(40), how.resume(file)).epochs().size(), "nor does a resumption train more");
    }
  }

  @Test
  void aLossThatIsNoNumberStopsAndNamesTheStep() {
    Dataset data = Dataset.of(40, (index, target) -> {
      for (int i = 0; i < 64; i++) {
        target.put(index == 35 ? Float.NaN : i);
      }
      return index % 3;
    });
    try (Trainer trainer = TinyNetworks.withEverything().trainer(ADAM)) {
      TrainingException e = assertThrows(TrainingException.class, () -> trainer.fit(data, epochs(2).batch(10).inOrder()));
      assertTrue(e.getMessage().contains("step 4 of epoch 1"), e.getMessage());
      assertEquals(3, trainer.steps());
      try (Weights weights = trainer.weights()) {
        for (String name : weights.names()) {
          for (float value : weights.get(name).toFloats()) {
            assertTrue(Float.isFinite(value), name + " is as before the step");
          }
        }
      }
    }
  }

  @Test
  void followsItsSchedule() {
    List<Double> rates = new ArrayList<>();
    FitListener listener = new FitListener() {
      @Override
      public void onStep(Progress progress) {
        rates.add(progress.learningRate());
      }
    };
    try (Trainer trainer = TinyNetworks.withEverything().trainer(ADAM)) {
      trainer.fit(TinyNetworks.rows(20), epochs(3).batch(10).schedule(Schedule.step(1, 0.1).warmUp(1)).listener(listener));
    }
    assertArrayEquals(new double[] {0, .005, .001, .001, .0001, .0001}, rates.stream().mapToDouble(r -> r).toArray(), 1e-12);
  }

  @Test
  void frozenLayersKeepTheirBitsAndTheOthersLearn() {
    try (Trainer trainer = TinyNetworks.withEverything().trainer(ADAM.freezeUntil("pool"))) {
      Map<String, float[]> before = numbers(trainer);
      trainer.fit(TinyNetworks.rows(60), epochs(1).batch(16));
      Map<String, float[]> after = numbers(trainer);
      for (String name : List.of("conv.weight", "conv.bias", "norm.gamma", "norm.beta", "norm.mean", "norm.var")) {
        assertArrayEquals(before.get(name), after.get(name), name);
      }
      assertFalse(Arrays.equals(before.get("dense.weight"), after.get("dense.weight")));
    }
    ArgumentException e = assertThrows(
        ArgumentException.class, () -> TinyNetworks.withEverything().trainer(ADAM.freezeUntil("convolution")));
    assertTrue(e.getMessage().contains("convolution"), e.getMessage());
  }

  @Test
  void aHeadOfAnotherShapeStartsFreshOnlyWhenAskedTo() {
    Network network = TinyNetworks.withEverything();
    try (Trainer trainer = network.trainer(ADAM); Weights trained = trainer.weights()) {
      Map<String, Tensor> changed = new LinkedHashMap<>();
      trained.names().forEach(name -> changed.put(name, trained.get(name)));
      changed.put("out.weight", Tensor.of(new float[7 * 16], 7, 16));
      changed.put("extra", Tensor.of(new float[1], 1));
      try (Weights other = Weights.of(changed)) {
        WeightsException e = assertThrows(WeightsException.class, () -> network.trainer(other, ADAM));
        assertTrue(e.getMessage().contains("out.weight"), e.getMessage());
        try (Trainer tuned = network.trainer(other, ADAM.seed(8).replaceHead())) {
          Map<String, float[]> numbers = numbers(tuned);
          assertArrayEquals(trained.get("dense.weight").toFloats(), numbers.get("dense.weight"));
          assertFalse(Arrays.equals(trained.get("out.weight").toFloats(), numbers.get("out.weight")));
        }
      }
      try (Weights foreign = Weights.of(Map.of("x", Tensor.of(new float[1], 1)))) {
        assertThrows(WeightsException.class, () -> network.trainer(foreign, ADAM.replaceHead()));
      }
    }
  }

  @Test
  void freshWeightsAreKerasDefaults() {
    Network network = TinyNetworks.withEverything();
    try (Trainer trainer = network.trainer(ADAM)) {
      Map<String, float[]> numbers = numbers(trainer);
      double limit = Math.sqrt(6.0 / (9 * (1 + 4)));
      double most = 0;
      for (float value : numbers.get("conv.weight")) {
        most = Math.max(most, Math.abs(value));
      }
      assertTrue(most <= limit && most > limit / 2, "Glorot's limit is " + limit + ", found " + most);
      assertArrayEquals(new float[4], numbers.get("conv.bias"));
      assertArrayEquals(new float[] {1, 1, 1, 1}, numbers.get("norm.gamma"));
      assertArrayEquals(new float[] {1, 1, 1, 1}, numbers.get("norm.var"));
      assertArrayEquals(new float[4], numbers.get("norm.mean"));
    }
  }

  @Test
  void stepsByHandTakeLabelsOrDistributionsAndShowGradients() {
    Network network = TinyNetworks.withEverything();
    TrainOptions sgd = TrainOptions.of(Loss.CATEGORICAL_CROSSENTROPY, Optimizer.sgd(0.1)).seed(3);
    FloatBuffer pictures = direct(2 * 64);
    TinyNetworks.rows(2).read(0, pictures.slice(0, 64));
    TinyNetworks.rows(2).read(1, pictures.slice(64, 64));
    FloatBuffer targets = direct(6).put(new float[] {1, 0, 0, 0, 1, 0}).rewind();
    try (Trainer labels = network.trainer(sgd); Trainer distributions = network.trainer(sgd)) {
      float[] before = numbers(labels).get("out.bias");
      assertEquals(labels.step(pictures, 0, 1), distributions.step(pictures, targets), 1e-6);
      float[] after = numbers(labels).get("out.bias");
      float[] gradient = labels.gradient("out.bias").toFloats();
      for (int i = 0; i < 3; i++) {
        assertEquals(before[i] - 0.1 * gradient[i], after[i], 1e-6);
      }
      assertEquals(0, pictures.position(), "positions stay");
      assertThrows(ArgumentException.class, () -> labels.gradient("norm.mean"));
      assertThrows(ArgumentException.class, () -> labels.gradient("none"));
      assertThrows(ArgumentException.class, () -> labels.step(pictures, 0));
      assertThrows(ArgumentException.class, () -> labels.step(pictures, 0, 3));
      assertThrows(ShapeException.class, () -> labels.step(pictures.slice(0, 65), 0));
      assertThrows(ArgumentException.class, () -> labels.step(FloatBuffer.allocate(64), 0));
    }
  }

  private static FloatBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(floats * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  @Test
  void badDataEndsTrainingWithAClearError() {
    try (Trainer trainer = TinyNetworks.withEverything().trainer(ADAM)) {
      assertThrows(ArgumentException.class, () -> trainer.fit(TinyNetworks.rows(0), epochs(1)));
      Dataset label = Dataset.of(new float[][] {new float[64]}, new int[] {3});
      ArgumentException e = assertThrows(ArgumentException.class, () -> trainer.fit(label, epochs(1)));
      assertTrue(e.getMessage().contains("label 3"), e.getMessage());
      Dataset channels = Dataset.of(new float[][] {new float[3 * 64]}, new int[] {0});
      assertThrows(ShapeException.class, () -> trainer.fit(channels, epochs(1)));
    }
  }

  @Test
  void largeTensorsAreCopiedByManyThreadsWithoutWaitingForEachOther() {
    Graph graph = new Graph("wide");
    Node logits = graph.input(1, 64, 64).flatten("flatten").dense("dense", Dense.of(512)).dense("out", Dense.of(3));
    graph.head("out", logits, null);
    Dataset data = Dataset.of(4, (index, target) -> {
      while (target.hasRemaining()) {
        target.put(index);
      }
      return index % 3;
    });
    assertTimeoutPreemptively(Duration.ofMinutes(1), () -> {
      try (Trainer trainer = graph.build("test").trainer(ADAM)) {
        Map<String, float[]> fresh = numbers(trainer);
        trainer.fit(data, epochs(1).batch(4).checkpoint(folder.resolve("checkpoint"), 1));
        assertEquals(fresh.get("dense.weight").length, numbers(trainer).get("dense.weight").length);
      }
    });
  }

  @Test
  void stepsOfAFitAllocateNothing() {
    com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long[] allocated = new long[200];
    FitListener listener = new FitListener() {
      private int step;

      @Override
      public void onStep(Progress progress) {
        allocated[step++] = threads.getThreadAllocatedBytes(thread);
      }
    };
    try (Trainer trainer = TinyNetworks.withEverything().trainer(ADAM)) {
      trainer.fit(TinyNetworks.rows(200), epochs(1).batch(1).listener(listener));
      long memory = trainer.arenaBytes() + trainer.parameterBytes();
      trainer.fit(TinyNetworks.rows(40), epochs(1).batch(1));
      assertEquals(memory, trainer.arenaBytes() + trainer.parameterBytes());
    }
    long bytes = (allocated[199] - allocated[100]) / 99;
    assertTrue(bytes < 64, bytes + " bytes a step, more than what the measurement itself may take");
  }

  @Test
  void aClosedTrainerSaysSo() {
    Trainer trainer = TinyNetworks.withEverything().trainer(ADAM);
    trainer.close();
    assertThrows(ClosedException.class, trainer::steps);
    assertThrows(ClosedException.class, () -> trainer.fit(TinyNetworks.rows(10), epochs(1)));
  }
}
