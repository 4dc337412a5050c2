package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quintet.FitOptions.epochs;
import static org.quintet.TrainerNumbers.assertSameBits;
import static org.quintet.TrainerNumbers.numbers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.data.Augmentation;
import org.quintet.data.Dataset;

/** Training that stops and goes on from a file. */
class CheckpointTest {
  private static final TrainOptions ADAM = TrainOptions.of(Loss.CATEGORICAL_CROSSENTROPY, Optimizer.adam(0.01)).seed(3);

  @TempDir Path folder;

  private static final class StopAfter implements FitListener {
    private final Trainer trainer;
    private final int steps;
    private int made;

    StopAfter(Trainer trainer, int steps) {
      this.trainer = trainer;
      this.steps = steps;
    }

    @Override
    public void onStep(Progress progress) {
      if (++made == steps) {
        trainer.stop();
      }
    }
  }

  @Test
  void goesOnFromACheckpointInTheMiddleOfAnEpochToTheSameBits() {
    for (Optimizer optimizer : List.of(Optimizer.adam(0.01), Optimizer.sgd(0.05).momentum(0.9), Optimizer.rmsprop(0.001))) {
      TrainOptions options = TrainOptions.of(Loss.CATEGORICAL_CROSSENTROPY, optimizer).threads(2).seed(3);
      Dataset data = TinyNetworks.rows(100);
      Path file = folder.resolve("checkpoint");
      FitOptions how = epochs(4).batch(16).seed(9).augment(Augmentation.NONE.withFlip().withShift(1)).schedule(Schedule.cosine())
          .validation(TinyNetworks.rows(20));
      Map<String, float[]> whole;
      List<EpochMetrics> history;
      try (Trainer trainer = TinyNetworks.withEverything().trainer(options)) {
        history = trainer.fit(data, how).epochs();
        whole = numbers(trainer);
      }
      try (Trainer trainer = TinyNetworks.withEverything().trainer(options)) {
        StopAfter stop = new StopAfter(trainer, 17);
        assertEquals(History.End.STOPPED, trainer.fit(data, how.checkpoint(file, 0).listener(stop)).end());
        assertEquals(17, trainer.steps());
      }
      try (Trainer trainer = TinyNetworks.withEverything().trainer(options)) {
        History resumed = trainer.fit(data, how.resume(file));
        assertSameBits(whole, numbers(trainer));
        assertEquals(4, resumed.epochs().size(), "with the epochs before");
        for (int i = 0; i < 4; i++) {
          assertEquals(history.get(i).loss(), resumed.epochs().get(i).loss(), "loss of epoch " + i);
          assertEquals(history.get(i).validation(), resumed.epochs().get(i).validation());
        }
      }
    }
  }

  @Test
  void anEpochWhoseStepsWereAllMadeBeforeTheResumptionKeepsItsLearningRate() {
    Path file = folder.resolve("checkpoint");
    FitOptions how = epochs(2).batch(10).schedule(Schedule.cosine()).checkpoint(file, 0);
    List<EpochMetrics> whole;
    try (Trainer trainer = TinyNetworks.withEverything().trainer(ADAM)) {
      whole = trainer.fit(TinyNetworks.rows(40), how).epochs();
    }
    try (Trainer stopped = TinyNetworks.withEverything().trainer(ADAM); Trainer resumed = TinyNetworks.withEverything().trainer(ADAM)) {
      stopped.fit(TinyNetworks.rows(40), how.listener(new StopAfter(stopped, 4)));
      List<EpochMetrics> epochs = resumed.fit(TinyNetworks.rows(40), how.resume(file)).epochs();
      for (int i = 0; i < 2; i++) {
        assertEquals(whole.get(i).learningRate(), epochs.get(i).learningRate(), "of epoch " + i);
      }
    }
  }

  @Test
  void savesCheckpointsEveryFewStepsAndBehindEveryEpoch() {
    Path file = folder.resolve("checkpoint");
    List<Path> saved = new ArrayList<>();
    FitListener count = new FitListener() {
      @Override
      public void onCheckpoint(Path path) {
        saved.add(path);
      }
    };
    try (Trainer trainer = TinyNetworks.withEverything().trainer(ADAM)) {
      trainer.fit(TinyNetworks.rows(100), epochs(2).batch(10).checkpoint(file, 4).listener(count));
    }
    assertEquals(5 + 2, saved.size(), "updates 4, 8, 12, 16, 20 and two epochs");
    assertTrue(Files.exists(file));
  }

  @Test
  void refusesACheckpointOfAnotherSetup() {
    Path file = folder.resolve("checkpoint");
    Dataset data = TinyNetworks.rows(40);
    try (Trainer trainer = TinyNetworks.withEverything().trainer(ADAM)) {
      trainer.fit(data, epochs(1).batch(8).checkpoint(file, 0));
      ArgumentException batch = assertThrows(ArgumentException.class, () -> trainer.fit(data, epochs(2).batch(16).resume(file)));
      assertTrue(batch.getMessage().contains("batch 8") && batch.getMessage().contains("16"), batch.getMessage());
      assertThrows(ArgumentException.class, () -> trainer.fit(TinyNetworks.rows(41), epochs(2).batch(8).resume(file)));
    }
    TrainOptions other = TrainOptions.of(Loss.CATEGORICAL_CROSSENTROPY, Optimizer.sgd(0.01));
    try (Trainer trainer = TinyNetworks.withEverything().trainer(other)) {
      assertThrows(ArgumentException.class, () -> trainer.fit(data, epochs(2).batch(8).resume(file)));
    }
  }

  @Test
  void refusesAFileThatIsNoCheckpoint() {
    Path file = folder.resolve("weights.safetensors");
    try (Trainer trainer = TinyNetworks.withEverything().trainer(ADAM)) {
      trainer.weights().save(file);
      FormatException e =
          assertThrows(FormatException.class, () -> trainer.fit(TinyNetworks.rows(40), epochs(2).resume(file)));
      assertTrue(e.getMessage().contains("no checkpoint"), e.getMessage());
      assertThrows(FormatException.class, () -> trainer.fit(TinyNetworks.rows(40), epochs(2).resume(folder.resolve("none"))));
    }
  }

  @Test
  void aCheckpointThatCannotBeWrittenIsAClearError() {
    Path file = folder.resolve("no such folder").resolve("checkpoint");
    try (Trainer trainer = TinyNetworks.withEverything().trainer(ADAM)) {
      WeightsException e =
          assertThrows(WeightsException.class, () -> trainer.fit(TinyNetworks.rows(40), epochs(1).checkpoint(file, 0)));
      assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    }
  }

  /** Learns for two epochs, then forgets: the rate is far too high from there on. */
  private static final Schedule SPOILED = (epoch, epochs) -> epoch < 2 ? 1 : 40;

  @Test
  void earlyStoppingLeavesTheParametersOfTheBestEpochAlsoAfterAResumption() {
    TrainOptions sgd = TrainOptions.of(Loss.CATEGORICAL_CROSSENTROPY, Optimizer.sgd(0.05)).seed(3);
    Dataset test = TinyNetworks.rows(30);
    Path file = folder.resolve("checkpoint");
    FitOptions how = epochs(9).batch(20).validation(test).schedule(SPOILED).earlyStop(3).checkpoint(file, 0);
    try (Trainer whole = TinyNetworks.withEverything().trainer(sgd); Trainer interrupted = TinyNetworks.withEverything().trainer(sgd);
        Trainer resumed = TinyNetworks.withEverything().trainer(sgd)) {
      History history = whole.fit(TinyNetworks.rows(60), how);
      assertEquals(History.End.EARLY, history.end());
      assertEquals(5, history.epochs().size(), "two that learned, three that did not");
      assertEquals(history.epochs().get(1).validation(), whole.evaluate(test), "the second epoch was the best");
      interrupted.fit(TinyNetworks.rows(60), how.listener(new StopAfter(interrupted, 10)));
      assertEquals(5, resumed.fit(TinyNetworks.rows(60), how.resume(file)).epochs().size());
      try (Weights expected = whole.weights(); Weights found = resumed.weights()) {
        expected.names().forEach(name -> assertArrayEquals(expected.get(name).toFloats(), found.get(name).toFloats(), name));
      }
    }
  }
}
