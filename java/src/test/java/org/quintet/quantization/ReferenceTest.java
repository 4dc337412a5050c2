package org.quintet.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.quintet.CompileOptions;
import org.quintet.Dense;
import org.quintet.Graph;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Node;
import org.quintet.Tensor;
import org.quintet.Weights;
import org.quintet.data.Dataset;

/** How alike two models' answers are. */
class ReferenceTest {
  private static final int CLASSES = 8;

  /** Logits are the eight inputs, times what the weights say. */
  private final Network network = network();

  private static Network network() {
    Graph graph = new Graph("diagonal");
    Node logits = graph.input(CLASSES, 1, 1).dense("dense", Dense.of(CLASSES));
    graph.head("main", logits, null);
    return graph.build("test");
  }

  private Model diagonal(float... factors) {
    float[] weight = new float[CLASSES * CLASSES];
    for (int c = 0; c < CLASSES; c++) {
      weight[c * CLASSES + c] = factors[c];
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("dense.weight", Tensor.of(weight, CLASSES, CLASSES));
    tensors.put("dense.bias", Tensor.of(new float[CLASSES], CLASSES));
    try (Weights weights = Weights.of(tensors)) {
      return network.compile(weights, CompileOptions.defaults());
    }
  }

  /** Sample i has its greatest value, 10, at class i, and 1 to 7 elsewhere. */
  private static Dataset samples(boolean labelled) {
    return Dataset.of(CLASSES, (index, target) -> {
      for (int c = 0; c < CLASSES; c++) {
        target.put(c == index ? 10 : c < index ? c + 1 : c);
      }
      return labelled ? index : Dataset.NO_LABEL;
    });
  }

  @Test
  void aModelAgreesWithItself() {
    try (Model model = diagonal(1, 1, 1, 1, 1, 1, 1, 1)) {
      Agreement agreement = Reference.of(model, samples(true), 3).agreement(model);
      assertEquals(new Agreement(8, 1, 1, 8, 1, 1), agreement);
      assertEquals(0, agreement.drop());
      assertEquals(0, Reference.of(model, samples(true), 3).relativeError(model));
    }
  }

  @Test
  void countsWhatDiffers() {
    try (Model model = diagonal(1, 1, 1, 1, 1, 1, 1, 1); Model other = diagonal(0, 1, 1, 1, 1, 1, 1, 1)) {
      Agreement agreement = Reference.of(model, samples(true), 8).agreement(other);
      assertEquals(7 / 8., agreement.top1(), "the first class is never found");
      assertEquals(7 / 8., agreement.accuracy());
      assertEquals(12.5, agreement.drop(), 1e-9);
      assertEquals((7 + 4 / 5.) / 8, agreement.top5(), 1e-9);
    }
  }

  @Test
  void withoutClassesAgreementCounts() {
    try (Model model = diagonal(1, 1, 1, 1, 1, 1, 1, 1); Model other = diagonal(0, 1, 1, 1, 1, 1, 1, 1)) {
      Agreement agreement = Reference.of(model, samples(false), 5).agreement(other);
      assertEquals(0, agreement.labelled());
      assertTrue(Double.isNaN(agreement.accuracy()));
      assertEquals(12.5, agreement.drop(), 1e-9);
    }
  }

  @Test
  void theErrorIsRelativeToTheReference() {
    try (Model model = diagonal(1, 1, 1, 1, 1, 1, 1, 1); Model other = diagonal(1.5f, 1.5f, 1.5f, 1.5f, 1.5f, 1.5f, 1.5f, 1.5f)) {
      assertEquals(0.5, Reference.of(model, samples(false), 8).relativeError(other), 1e-6);
    }
  }
}
