package org.quintet.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.CompileOptions;
import org.quintet.Evaluation;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Precision;
import org.quintet.Weights;
import org.quintet.data.Dataset;
import org.quintet.data.Mnist;
import org.quintet.pictures.Picture;
import org.quintet.pictures.Transform;
import org.quintet.quantization.Quantized;
import org.quintet.quantization.Quantizer;
import org.quintet.testing.Shared;

/** LeNet-5 with the weights that come along. */
class EmbeddedWeightsTest {
  private static final List<String> EXAMPLES =
      List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");

  @TempDir Path folder;

  @Test
  void recogniseTheExampleDigits() {
    Path examples = Path.of(System.getProperty("quintet.root", ".."), "examples", "digits");
    try (Classifier classifier = Classifier.load("lenet5")) {
      for (int digit = 0; digit < EXAMPLES.size(); digit++) {
        Prediction best = classifier.classify(examples.resolve(EXAMPLES.get(digit) + ".png")).get(0);
        assertEquals(digit, best.index(), EXAMPLES.get(digit));
        assertTrue(best.probability() > 0.8, EXAMPLES.get(digit) + ": " + best);
      }
    }
  }

  @Test
  void recogniseMoreThan992Of1000TestDigits() throws IOException {
    Path mnist = Shared.path("data/mnist");
    try (Weights weights = embedded();
        Model model = LeNet5.lenet5().build().compile(weights, CompileOptions.defaults().batch(100).heads("preds"))) {
      Evaluation evaluation = Evaluation.of(model, Mnist.test(mnist), 100);
      assertEquals(10_000, evaluation.samples());
      assertTrue(evaluation.accuracy() >= 0.992, evaluation.toString());
    }
  }

  private Weights embedded() throws IOException {
    Path file = folder.resolve("weights.safetensors");
    try (InputStream in = Models.info("lenet5").embeddedWeights(Variant.ARTICLE).orElseThrow().openStream()) {
      Files.copy(in, file);
    }
    return Weights.open(file);
  }

  @Test
  void recogniseAsManyTestDigitsInEightBits() throws IOException {
    Path mnist = Shared.path("data/mnist");
    Network network = LeNet5.lenet5().build();
    CompileOptions options = CompileOptions.defaults().batch(100).precision(Precision.INT8);
    try (Weights weights = embedded();
        Quantized quantized = Quantizer.of(network, weights).quantize(Mnist.train(mnist).spread(256));
        Model asHere = network.compile(quantized.weights(), options);
        Model inBytes = network.compile(quantized.weights(), Quantized.allInBytes(options))) {
      for (Model model : new Model[] {asHere, inBytes}) {
        Evaluation evaluation = Evaluation.of(model, Mnist.test(mnist), 100);
        assertEquals(0.9945, evaluation.accuracy(), 0.005, evaluation.toString());
      }
    }
  }

  @Test
  void recogniseTestDigitsAsPicturesOfAnySizeAndColour() {
    Dataset digits = Mnist.test(Shared.path("data/mnist"), Transform.mnist());
    int count = 300;
    int right = 0;
    try (Classifier classifier = Classifier.load("lenet5")) {
      for (int i = 0; i < count; i++) {
        FloatBuffer levels = FloatBuffer.allocate(28 * 28);
        int label = digits.read(i, levels);
        right += classifier.classify(drawn(levels, i), 1).get(0).index() == label ? 1 : 0;
      }
    }
    assertTrue(right >= 0.97 * count, right + " of " + count);
  }

  /** Ink on paper at some size and place, or chalk on a board. */
  private static Picture drawn(FloatBuffer levels, int number) {
    int side = 40 + number % 90;
    int scale = 1 + number % 3;
    int left = number % 11;
    boolean chalk = number % 2 == 0;
    byte[] gray = new byte[side * scale * side * scale];
    for (int y = 0; y < side * scale; y++) {
      for (int x = 0; x < side * scale; x++) {
        int row = y / scale - 5;
        int column = x / scale - left;
        boolean inside = row >= 0 && row < 28 && column >= 0 && column < 28;
        int level = inside ? (int) levels.get(row * 28 + column) : 0;
        gray[y * side * scale + x] = (byte) (chalk ? 20 + level * 4 / 5 : 250 - level * 4 / 5);
      }
    }
    return Picture.ofGray(side * scale, side * scale, gray);
  }
}
