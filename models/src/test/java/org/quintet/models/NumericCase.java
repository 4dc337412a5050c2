package org.quintet.models;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Session;
import org.quintet.Weights;

/**
 * A network with weights and an input, and what float64 makes of them.
 *
 * @param network built for the input's height and width
 * @param weights closed by who made this
 * @param input N,C,H,W
 * @param answers the expected values of outputs by name, "preds.logits"
 * @param rows golden rows of layers; the name of a row is a node's
 */
record NumericCase(Network network, Weights weights, int batch, float[] input, Map<String, float[]> answers, List<JsonNode> rows) {
  private static final double TOLERANCE = 1e-5;

  /** All passes of the compiler that change the plan. */
  static final String[] EVERY_PASS = {
    "drop_identities", "drop_padding", "fold_pooling", "fold_batch_norm", "fuse_activation", "fuse_residual", "flatten_convolutions",
    "merge_siblings", "concat_in_place", "choose_algorithm"
  };

  /** Every answer within 1e-5 of the largest, fused as usual, with so many threads. */
  void checkAnswers(int threads) {
    check(CompileOptions.defaults().threads(threads), List.of());
  }

  /** Every answer and every layer. Layers asked for stay apart from what follows them, so this is half fused. */
  void checkLayers(int threads) {
    check(CompileOptions.defaults().threads(threads), rows);
  }

  /** Every answer and every layer, with all passes of the compiler switched off. */
  void checkUnfused(int threads) {
    check(CompileOptions.defaults().threads(threads).without(EVERY_PASS), rows);
  }

  private void check(CompileOptions options, List<JsonNode> wanted) {
    String[] nodes = wanted.stream().map(r -> r.get("name").asText()).filter(n -> !answers.containsKey(n)).toArray(String[]::new);
    try (Model model = network.compile(weights, options.batch(batch).outputs(nodes));
        Session session = model.session()) {
      session.input().put(input);
      session.run();
      assertAll(Stream.concat(
          answers.entrySet().stream().map(a -> () -> assertClose(a.getKey(), a.getValue(), session.output(a.getKey()))),
          wanted.stream().map(r -> () -> assertLayer(r, session))));
    }
  }

  private static void assertClose(String name, float[] wanted, FloatBuffer found) {
    assertEquals(wanted.length, found.remaining(), name + ": number of values");
    double largest = 0;
    double error = 0;
    for (int i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs(wanted[i]));
      double difference = Math.abs((double) found.get(found.position() + i) - wanted[i]);
      error = difference >= 0 ? Math.max(error, difference) : Double.NaN;
    }
    assertTrue(error <= TOLERANCE * largest, name + ": relative error " + error / largest);
  }

  private static void assertLayer(JsonNode row, Session session) {
    String name = row.get("name").asText();
    assertEquals(List.of(), LayerStatistics.differences(session.output(name), row));
    assertArrayEquals(Goldens.longs(row.get("shape")), session.outputShape(name), name + ": shape");
  }
}
