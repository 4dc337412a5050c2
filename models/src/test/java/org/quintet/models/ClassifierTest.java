package org.quintet.models;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.ArgumentException;
import org.quintet.ClosedException;
import org.quintet.CompileOptions;
import org.quintet.Weights;
import org.quintet.WeightsException;
import org.quintet.pictures.Picture;
import org.quintet.testing.Shared;

class ClassifierTest {
  @TempDir static Path folder;

  private static Path digitWeights;

  @BeforeAll
  static void saveRandomWeights() {
    digitWeights = folder.resolve("lenet5.safetensors");
    try (Weights weights = Weights.random(LeNet5.lenet5().build(), 1)) {
      weights.save(digitWeights);
    }
  }

  @Test
  void recognisesEveryPhotographAsTheReferenceDoes() {
    JsonNode images = Goldens.read(Shared.path("data/expected/bvlc_googlenet.json")).get("images");
    Path weights = Shared.path("data/weights/bvlc_googlenet.onnx");
    try (Classifier classifier = Classifier.load(GoogLeNet.googlenet().variant(Variant.PAPER), weights)) {
      assertAll(Goldens.rows(images).stream()
          .filter(image -> !image.get("image").asText().contains("awkward"))
          .map(image -> () -> assertRecognised(image, classifier)));
    }
  }

  @Test
  void namesTheMostProbableClassesFirst() {
    try (Classifier classifier = Classifier.load("lenet5", digitWeights)) {
      List<Prediction> five = classifier.classify(digit(3), 5);
      List<Prediction> all = classifier.classify(digit(3), 99);
      assertEquals(5, five.size());
      assertEquals(five, all.subList(0, 5));
      assertEquals(10, all.size());
      assertEquals(1, all.stream().mapToDouble(Prediction::probability).sum(), 1e-5);
      assertTrue(IntStream.range(1, 10).allMatch(i -> all.get(i - 1).probability() >= all.get(i).probability()));
    }
  }

  @Test
  void givesManyThreadsTheAnswersOfOne() {
    List<Integer> seeds = IntStream.range(0, 64).boxed().toList();
    try (Classifier classifier = Classifier.load("lenet5", digitWeights)) {
      List<List<Prediction>> alone = seeds.stream().map(s -> classifier.classify(digit(s), 10)).toList();
      List<List<Prediction>> together = seeds.parallelStream().map(s -> classifier.classify(digit(s), 10)).toList();
      assertEquals(alone, together);
    }
  }

  @Test
  void fitsPicturesToTheSizeOfTheNetwork() {
    Path weights = folder.resolve("resnet18.safetensors");
    ModelBuilder small = ResNet.resnet18().classes(3).inputShape(48, 80, 3);
    try (Weights random = Weights.random(small.build(), 1)) {
      random.save(weights);
    }
    try (Classifier classifier = Classifier.load(small, weights)) {
      assertEquals(80, classifier.transform().width());
      List<Prediction> predictions = classifier.classify(digit(1), 3);
      assertEquals(List.of("0", "1", "2"), predictions.stream().map(Prediction::label).sorted().toList());
    }
  }

  @Test
  void takesWeightsWithAndWithoutTheAuxiliaryHeads() {
    Path weights = folder.resolve("googlenet.safetensors");
    for (boolean heads : new boolean[] {true, false}) {
      ModelBuilder trained = GoogLeNet.googlenet().variant(Variant.PAPER).classes(2).inputShape(96, 96, 3).auxiliaryHeads(heads);
      try (Weights random = Weights.random(trained.build(), 1)) {
        random.save(weights);
      }
      ModelBuilder unaware = GoogLeNet.googlenet().variant(Variant.PAPER).classes(2).inputShape(96, 96, 3);
      try (Classifier classifier = Classifier.load(unaware, weights)) {
        assertEquals(2, classifier.classify(digit(1), 5).size());
      }
    }
  }

  @Test
  void usesTheLabelsGiven() {
    Labels letters = Labels.of(List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"));
    try (Classifier classifier = Classifier.load(LeNet5.lenet5(), digitWeights, letters, CompileOptions.defaults())) {
      assertTrue(classifier.classify(digit(0), 10).stream().allMatch(p -> letters.get(p.index()).equals(p.label())));
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    ModelBuilder rgb = LeNet5.lenet5().inputShape(32, 32, 3);
    assertAll(
        () -> assertMessage(ArgumentException.class, "without weights", () -> Classifier.load("vgg16")),
        () -> assertMessage(ArgumentException.class, "channels", () -> Classifier.load(rgb, digitWeights)),
        () -> assertMessage(ArgumentException.class, "1000 labels",
            () -> Classifier.load(LeNet5.lenet5(), digitWeights, Labels.imagenet(), CompileOptions.defaults())),
        () -> assertMessage(WeightsException.class, "preds.weight", () -> Classifier.load(LeNet5.lenet5().classes(7), digitWeights)));
  }

  @Test
  void refusesToAnswerOnceClosed() {
    Classifier classifier = Classifier.load("lenet5", digitWeights);
    assertMessage(ArgumentException.class, "top", () -> classifier.classify(digit(0), 0));
    classifier.close();
    classifier.close();
    assertThrows(ClosedException.class, () -> classifier.classify(digit(0), 1));
  }

  @Test
  void printsAPredictionForAPerson() {
    assertEquals("7  99.8 %", new Prediction(7, "7", 0.9981f).toString());
  }

  private static void assertRecognised(JsonNode image, Classifier classifier) {
    JsonNode wanted = image.get("top5").get(0);
    double change = StreamSupport.stream(image.get("max_abs_prob_change").spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .max()
        .orElse(0);
    Prediction found = classifier.classify(Shared.path("data/" + image.get("image").asText())).get(0);
    assertEquals(wanted.get("index").asInt(), found.index(), image.get("image").asText());
    assertEquals(wanted.get("label").asText(), found.label());
    assertEquals(wanted.get("prob").asDouble(), found.probability(), 0.002 + 1.5 * change, image.get("image").asText());
  }

  /** A picture of stripes; another one for each seed. */
  private static Picture digit(int seed) {
    byte[] gray = new byte[28 * 28];
    for (int i = 0; i < gray.length; i++) {
      gray[i] = (byte) (i * (seed + 3) % 251);
    }
    return Picture.ofGray(28, 28, gray);
  }

  private static void assertMessage(Class<? extends Throwable> type, String part, Executable wrong) {
    String message = assertThrows(type, wrong).getMessage();
    assertTrue(message.contains(part), message);
  }
}
