package org.quintet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.weights.SafetensorsMetadata;

class TrainingSettingsTest {
  @Test
  void schedulesAreFactorsOfTheLearningRate() {
    assertEquals(1, Schedule.constant().factor(7.5, 10));
    assertEquals(1, Schedule.cosine().factor(0, 10));
    assertEquals(0.5, Schedule.cosine().factor(5, 10), 1e-12);
    assertEquals(0, Schedule.cosine().factor(10, 10), 1e-12);
    assertEquals(0.01, Schedule.step(3, 0.1).factor(6.5, 10), 1e-12);
    assertEquals(0.25, Schedule.constant().warmUp(2).factor(0.5, 10), 1e-12);
    assertEquals(1, Schedule.constant().warmUp(2).factor(2, 10));
    assertEquals(1, Schedule.constant().warmUp(0).factor(0, 10));
  }

  @Test
  void schedulesAreReadFromText() {
    assertEquals(0.5, Schedule.parse("cosine").factor(5, 10), 1e-12);
    assertEquals(0.2, Schedule.parse("step:5:0.2").factor(5, 10), 1e-12);
    assertEquals(1, Schedule.parse("constant").factor(5, 10));
    for (String wrong : new String[] {"", "linear", "step", "step:0:1", "step:a:1", "cosine:1"}) {
      assertThrows(ArgumentException.class, () -> Schedule.parse(wrong), wrong);
    }
  }

  @Test
  void optimizersSayWhatTheNativeCoreReads() {
    assertEquals("kind=sgd momentum=0.9 nesterov=true weight_decay=1.0E-4",
        Optimizer.sgd(0.1).momentum(0.9).nesterov().weightDecay(1e-4).attributes());
    assertEquals("kind=adamw beta1=0.8 beta2=0.99", Optimizer.adamw(0.001).betas(0.8, 0.99).attributes());
    assertEquals(0.9, Double.parseDouble(Optimizer.named("momentum").attributes().split("momentum=")[1]));
    assertThrows(ArgumentException.class, () -> Optimizer.adam(0.1).momentum(0.9));
    assertThrows(ArgumentException.class, () -> Optimizer.sgd(Double.NaN));
    assertThrows(ArgumentException.class, () -> Optimizer.sgd(0.1).weightDecay(-1));
    ArgumentException e = assertThrows(ArgumentException.class, () -> Optimizer.named("lion"));
    assertTrue(e.getMessage().contains("adamw"), e.getMessage());
  }

  @Test
  void freezesAllLayersUpToTheNamedOne() {
    Network network = TinyNetworks.withEverything();
    TrainOptions options = TrainOptions.of(Loss.CATEGORICAL_CROSSENTROPY, Optimizer.sgd(0.1));
    assertEquals(List.of("conv", "norm"), options.freezeUntil("flatten").frozenLayers(network));
    assertEquals(List.of("out", "conv"), options.freeze("out").freezeUntil("conv").frozenLayers(network));
  }

  @Test
  void lossesCheckTheirNumbers() {
    assertThrows(ArgumentException.class, () -> Loss.CATEGORICAL_CROSSENTROPY.smoothing(1));
    assertThrows(ArgumentException.class, () -> Loss.CATEGORICAL_CROSSENTROPY.head("aux", -1));
    assertEquals(Map.of("a", 0.3, "b", 0.0), Loss.CATEGORICAL_CROSSENTROPY.head("a", 0.3).head("b", 0).headWeights());
  }

  @Test
  void aSafetensorsFileKeepsWordsBesideItsTensors(@TempDir Path folder) {
    Path file = folder.resolve("words.safetensors");
    Map<String, String> words = Map.of("format", "a \"quoted\"\nword", "empty", "");
    try (Weights weights = Weights.of(Map.of("x", Tensor.of(new float[] {1, 2}, 2)))) {
      weights.save(file, words);
      assertEquals(words, SafetensorsMetadata.read(file));
      weights.save(file);
      assertEquals(Map.of(), SafetensorsMetadata.read(file));
    }
    try (Weights read = Weights.open(file)) {
      assertEquals(List.of("x"), List.copyOf(read.names()));
    }
  }
}
