package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.api.Test;
import org.quintet.testing.Recipe;
import org.quintet.testing.Shared;

/** The whole way of a small network, against float64 values of Keras. */
class LeNetGoldenTest {
  private static final String GOLDEN = "goldens/forward/lenet_5_default_b2_s1.safetensors";
  private static final int BATCH = 2;
  private static final double TOLERANCE = 1e-5;   // of the largest logit

  static CompileOptions[] options() {
    CompileOptions plain = CompileOptions.defaults().batch(BATCH);
    return new CompileOptions[] {
      plain, plain.threads(1), plain.lanes(2), CompileOptions.throughput().batch(BATCH), plain.without("fuse_activation")
    };
  }

  @ParameterizedTest
  @MethodSource("options")
  void logitsAndSoftmaxAreThoseOfKeras(CompileOptions options) {
    Path file = Shared.path(GOLDEN);
    Network network = LeNet.network();
    try (Weights golden = Weights.open(file);
        Weights weights = Recipe.article(network, 1);
        Model model = network.compile(weights, options)) {
      Session session = model.session();
      session.input().put(Recipe.input(1, BATCH, 1, 32, 32));
      session.run();
      assertArrayEquals(new long[] {BATCH, 10}, session.outputShape("preds.logits"));
      float[] logits = golden.get("preds.logits").toFloats();
      assertClose(logits, floats(session, "preds.logits"), TOLERANCE * largest(logits));
      assertClose(golden.get("preds.softmax").toFloats(), floats(session, "preds.softmax"), 1e-6);
    }
  }

  @Test
  void aModelOutlivesItsWeightsAndSplitsTheBatchTheSame() {
    Path file = Shared.path(GOLDEN);
    Network network = LeNet.network();
    Weights weights = Recipe.article(network, 1);
    Model model = network.compile(weights, CompileOptions.defaults());
    weights.close();
    float[] pictures = Recipe.input(1, BATCH, 1, 32, 32);
    try (model;
        Weights golden = Weights.open(file)) {
      float[] logits = golden.get("preds.logits").toFloats();
      assertClose(logits, model.run(pictures), TOLERANCE * largest(logits));
      for (int i = 0; i < BATCH; i++) {
        float[] one = model.run(Arrays.copyOfRange(pictures, i * 1024, (i + 1) * 1024));
        assertClose(Arrays.copyOfRange(logits, i * 10, i * 10 + 10), one, TOLERANCE * largest(logits));
      }
    }
  }

  private static float[] floats(Session session, String output) {
    float[] values = new float[session.output(output).remaining()];
    session.output(output).get(values);
    return values;
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static void assertClose(float[] expected, float[] actual, double tolerance) {
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(expected[i] - actual[i]);
      assertTrue(error <= tolerance, "value " + i + ": " + actual[i] + ", expected " + expected[i]);
    }
  }
}
