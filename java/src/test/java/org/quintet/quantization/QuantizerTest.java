package org.quintet.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.ArgumentException;
import org.quintet.BatchNorm;
import org.quintet.CompileOptions;
import org.quintet.Convolution;
import org.quintet.DType;
import org.quintet.Dense;
import org.quintet.Graph;
import org.quintet.Loss;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Node;
import org.quintet.Optimizer;
import org.quintet.Pool;
import org.quintet.Precision;
import org.quintet.Session;
import org.quintet.Tensor;
import org.quintet.TrainOptions;
import org.quintet.Weights;
import org.quintet.WeightsException;
import org.quintet.data.Dataset;
import org.quintet.weights.SafetensorsMetadata;

/** From trained weights and samples to weights of 8 bits. */
class QuantizerTest {
  private static final int SIDE = 13;
  private static final List<String> LAYERS = List.of("stem", "conv", "left", "right", "out");

  @TempDir Path folder;

  private final Network network = network();
  private final Weights weights = Weights.random(network, 11);
  private final Dataset noise = noise(24, 3);

  @AfterEach
  void close() {
    weights.close();
  }

  /** Strides, padding, a residual addition, a concatenation, batch norm, biases; a second head that is nobody's business. */
  private static Network network() {
    Graph graph = new Graph("small");
    Node x = graph.input(3, SIDE, SIDE);
    x = x.layer("stem").convolution("stem.linear", Convolution.of(8, 3).stride(2).padding(1)).layer("stem").relu("stem");
    Node side = x.globalAveragePool("side.pool").dense("side", Dense.of(10));
    Node branch = x.convolution("conv", Convolution.of(8, 3).same().noBias()).batchNorm("norm", BatchNorm.torch(1e-5)).relu("relu");
    x = branch.add("sum", x).relu("sum.relu");
    x = x.convolution("left", Convolution.of(4, 1)).concat("both", x.convolution("right", Convolution.of(4, 3).same().groups(4)));
    Node logits = x.maxPool("pool", Pool.of(2)).layer("out").dense("out.logits", Dense.of(10));
    graph.head("out", logits, logits.layer("out").softmax("out"));
    graph.head("side", side, null);
    return graph.build("test");
  }

  /** Samples of normally distributed numbers, as many as there is room for; {@code seed} tells sets apart. */
  static Dataset noise(int samples, long seed) {
    return Dataset.of(samples, (index, target) -> {
      Random random = new Random(1000 * seed + index);
      while (target.hasRemaining()) {
        target.put((float) random.nextGaussian());
      }
      return Dataset.NO_LABEL;
    });
  }

  private Quantizer quantizer() {
    return Quantizer.of(network, weights).options(CompileOptions.defaults().threads(1));
  }

  @Test
  void theFileHoldsCodesScalesRangesAndWordsAboutIt() {
    Path file = folder.resolve("int8.safetensors");
    try (Quantized quantized = quantizer().method(RangeMethod.minMax()).quantize(noise)) {
      assertEquals(LAYERS, quantized.layers());
      assertEquals(List.of(), quantized.kept());
      quantized.save(file);
    }
    try (Weights saved = Weights.open(file)) {
      for (String layer : LAYERS) {
        Tensor codes = saved.get(layer + ".weight");
        assertEquals(DType.I8, codes.dtype());
        assertArrayEquals(weights.get(layer + ".weight").shape(), codes.shape());
        assertArrayEquals(new long[] {codes.shape()[0]}, saved.get(layer + ".weight_scale").shape());
      }
      for (String node : List.of("input", "stem", "relu", "norm", "sum.relu", "both", "pool")) {
        assertEquals(!node.equals("norm"), saved.contains("quantization." + node + ".range"), node);
      }
      assertFalse(saved.contains("quantization.out.logits.range"));
      assertEquals(0, saved.get("quantization.stem.range").toFloats()[0], "nothing is negative behind a ReLU");
      assertEquals(DType.F32, saved.get("side.weight").dtype());
      assertEquals(DType.F32, saved.get("norm.weight").dtype());
    }
    Map<String, String> words = SafetensorsMetadata.read(file);
    assertEquals(Map.of("quintet.quantization", "1", "quintet.network", "small", "quintet.variant", "test", "quintet.calibration",
        "min-max, 24 samples"), words);
  }

  @Test
  void everyPrecisionReadsTheFileAndAnswersAlike() {
    Path file = folder.resolve("int8.safetensors");
    try (Quantized quantized = quantizer().quantize(noise)) {
      quantized.save(file);
    }
    float[] picture = new float[3 * SIDE * SIDE];
    noise.read(3, FloatBuffer.wrap(picture));
    float[] expected = run(weights, Precision.EXACT, picture);
    try (Weights saved = Weights.open(file)) {
      for (Precision precision : Precision.values()) {
        float[] found = run(saved, precision, picture);
        ErrorSum error = new ErrorSum();
        error.add(FloatBuffer.wrap(expected), FloatBuffer.wrap(found));
        assertTrue(error.relativeRms() < 0.03, precision + ": " + error.relativeRms());
      }
    }
  }

  private float[] run(Weights numbers, Precision precision, float[] picture) {
    try (Model model = network.compile(numbers, CompileOptions.defaults().threads(1).precision(precision))) {
      return model.run(picture);
    }
  }

  @Test
  void theMeanErrorOfEachChannelIsTakenAwayAlsoBehindABatchNorm() {
    assertTrue(meanError("stem.linear", true, "conv", "left", "right", "out") < 1e-5);
    assertTrue(meanError("stem.linear", false, "conv", "left", "right", "out") > 1e-4);
    assertTrue(meanError("norm", true, "stem", "left", "right", "out") < 1e-5);
    assertTrue(meanError("norm", false, "stem", "left", "right", "out") > 1e-4);
  }

  /** The greatest mean error of a channel of {@code node} over the samples, all computed in float32. */
  private double meanError(String node, boolean correcting, String... kept) {
    CompileOptions options = CompileOptions.defaults().threads(1).batch(noise.size()).outputs(node);
    float[] pictures = new float[noise.size() * 3 * SIDE * SIDE];
    for (int i = 0; i < noise.size(); i++) {
      noise.read(i, FloatBuffer.wrap(pictures, i * 3 * SIDE * SIDE, 3 * SIDE * SIDE));
    }
    try (Quantized quantized = quantizer().biasCorrection(correcting).keep(kept).quantize(noise);
        Model exact = network.compile(weights, options); Model coded = network.compile(quantized.weights(), options)) {
      float[] difference = output(coded, node, pictures);
      float[] expected = output(exact, node, pictures);
      int positions = difference.length / noise.size() / 8;
      double[] sums = new double[8];
      for (int i = 0; i < difference.length; i++) {
        sums[i / positions % 8] += difference[i] - expected[i];
      }
      double greatest = 0;
      for (double sum : sums) {
        greatest = Math.max(greatest, Math.abs(sum) / positions / noise.size());
      }
      return greatest;
    }
  }

  private static float[] output(Model model, String node, float[] pictures) {
    try (Session session = model.session()) {
      session.input().put(pictures);
      session.run();
      float[] values = new float[session.output(node).remaining()];
      session.output(node).get(values);
      return values;
    }
  }

  @Test
  void layersThatAreKeptStayAsTheyWere() {
    try (Quantized quantized = quantizer().keep(Quantizer.FIRST, "right", Quantizer.LAST).quantize(noise)) {
      assertEquals(List.of("conv", "left"), quantized.layers());
      assertEquals(List.of("stem", "right", "out"), quantized.kept());
      assertArrayEquals(weights.get("right.weight").toFloats(), quantized.weights().get("right.weight").toFloats());
      assertArrayEquals(weights.get("out.bias").toFloats(), quantized.weights().get("out.bias").toFloats());
    }
    assertSays(assertThrows(ArgumentException.class, () -> quantizer().keep("stam")), "stam", "first, last, stem, conv");
    Quantizer nothing = quantizer().keep(LAYERS.toArray(String[]::new));
    assertSays(assertThrows(ArgumentException.class, () -> nothing.quantize(noise)), "nothing is left");
  }

  @Test
  void theLayerThatHurtsIsKept() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    weights.names().forEach(name -> tensors.put(name, weights.get(name)));
    float[] spoiled = weights.get("out.weight").toFloats();
    for (int c = 0; c < 10; c++) {
      spoiled[c * spoiled.length / 10] = 1000;   // the same for all classes; leaves less than one step to what tells them apart
    }
    tensors.put("out.weight", Tensor.of(spoiled, weights.get("out.weight").shape()));
    List<String> stages = new ArrayList<>();
    try (Weights hard = Weights.of(tensors);
        Quantized quantized = Quantizer.of(network, hard).progress((stage, done, total) -> stages.add(stage)).maxDrop(10, noise).quantize(noise)) {
      assertTrue(quantized.kept().contains("out"), quantized.kept().toString());
      assertTrue(quantized.layers().size() >= 3, quantized.kept().toString());
    }
    assertTrue(stages.contains("layers one at a time"), stages.toString());
  }

  @Test
  void aDropThatIsPermittedChangesNothing() {
    try (Quantized quantized = quantizer().maxDrop(100, noise).quantize(noise)) {
      assertEquals(LAYERS, quantized.layers());
    }
    assertThrows(ArgumentException.class, () -> quantizer().maxDrop(-1, noise));
    assertThrows(ArgumentException.class, () -> quantizer().maxDrop(Double.NaN, noise));
  }

  @Test
  void theErrorOfEveryLayerIsMeasured() {
    try (Quantized quantized = quantizer().keep("stem").quantize(noise)) {
      List<LayerError> errors = LayerError.of(network, weights, quantized.weights(), CompileOptions.defaults().threads(1), noise.first(5));
      assertEquals(LAYERS, errors.stream().map(LayerError::layer).toList());
      assertTrue(errors.get(0).relativeRms() < 1e-3 && errors.get(1).relativeRms() > 1e-4, errors.toString());
      assertTrue(errors.stream().allMatch(e -> e.relativeRms() < 0.1 && e.relativeMax() < 0.1), errors.toString());
    }
  }

  @Test
  void whatCannotBeQuantisedIsNamed() {
    try (Quantized quantized = quantizer().quantize(noise)) {
      Quantizer again = Quantizer.of(network, quantized.weights());
      assertSays(assertThrows(WeightsException.class, () -> again.quantize(noise)), "stem.weight", "already");
    }
    try (Quantized quantized = quantizer().quantize(noise)) {
      TrainOptions training = TrainOptions.of(Loss.CATEGORICAL_CROSSENTROPY, Optimizer.sgd(0.1));
      assertSays(assertThrows(WeightsException.class, () -> network.trainer(quantized.weights(), training)), "stem.weight", "train");
    }
    assertThrows(ArgumentException.class, () -> quantizer().quantize(noise.first(0)));
    try (Weights less = weights.without("conv.")) {
      Quantizer missing = Quantizer.of(network, less);
      assertSays(assertThrows(WeightsException.class, () -> missing.quantize(noise)), "missing", "conv.weight");
    }
  }

  @Test
  void aValueThatIsNoNumberNamesItsNode() {
    Dataset broken = Dataset.of(2, (index, target) -> {
      while (target.hasRemaining()) {
        target.put(index == 1 ? Float.NaN : 1);
      }
      return 0;
    });
    assertSays(assertThrows(ArgumentException.class, () -> quantizer().quantize(broken)), "input", "no number");
  }

  private static void assertSays(Exception e, String... words) {
    for (String word : words) {
      assertTrue(String.valueOf(e.getMessage()).contains(word), e.getMessage());
    }
  }
}
