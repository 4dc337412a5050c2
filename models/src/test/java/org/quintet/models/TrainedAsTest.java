package org.quintet.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.ArgumentException;
import org.quintet.DType;
import org.quintet.FormatException;
import org.quintet.Tensor;
import org.quintet.Weights;
import org.quintet.data.Cifar10;

class TrainedAsTest {
  private static final TrainedAs SMALL =
      new TrainedAs("resnet18", "article", 32, 32, 3, Cifar10.transform(), false, List.of("a cat", "dog"));

  @TempDir Path folder;

  private Path saved(Map<String, String> words) {
    Path file = folder.resolve("weights.safetensors");
    try (Weights weights = Weights.random(SMALL.builder().build(), 1)) {
      weights.save(file, words);
    }
    return file;
  }

  @Test
  void aFileSaysWhatItWasTrainedAs() {
    TrainedAs found = TrainedAs.of(saved(SMALL.metadata()));
    assertNotNull(found);
    assertEquals(SMALL.metadata(), found.metadata());
    assertEquals(List.of("a cat", "dog"), found.labels());
    assertEquals(2, found.builder().classes());
  }

  @Test
  void theClassifierNeedsNothingElse() {
    try (Classifier classifier = Classifier.load("resnet18", saved(SMALL.metadata()))) {
      assertEquals(Cifar10.transform().text(), classifier.transform().text());
    }
    ArgumentException e = assertThrows(ArgumentException.class, () -> Classifier.load("resnet34", saved(SMALL.metadata())));
    assertTrue(e.getMessage().contains("resnet18"), e.getMessage());
  }

  @Test
  void wordsArePossibleInEveryTypeOfNumbers() {
    Path file = folder.resolve("half.safetensors");
    try (Weights weights = Weights.of(Map.of("x", Tensor.of(new float[] {1, 2}, 2)))) {
      weights.save(file, DType.F16, SMALL.metadata());
    }
    assertEquals(SMALL.metadata(), Weights.metadata(file));
  }

  @Test
  void otherFilesSayNothing() {
    assertNull(TrainedAs.of(saved(Map.of())));
    assertNull(TrainedAs.of(saved(Map.of("quintet.network", "resnet18"))));
    assertThrows(FormatException.class, () -> TrainedAs.of(folder.resolve("none")));
  }

  @Test
  void wordsThatMakeNoSenseAreNamed() {
    for (Map.Entry<String, String> wrong : Map.of(
        "quintet.transform", "side=1", "quintet.input_shape", "3,x,32", "quintet.labels", "", "quintet.variant", "").entrySet()) {
      Map<String, String> words = new HashMap<>(SMALL.metadata());
      words.put(wrong.getKey(), wrong.getValue());
      FormatException e = assertThrows(FormatException.class, () -> TrainedAs.of(saved(words)), wrong.getKey());
      assertTrue(e.getMessage().contains("weights.safetensors"), e.getMessage());
    }
  }
}
