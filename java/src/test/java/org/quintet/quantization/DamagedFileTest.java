package org.quintet.quantization;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quintet.CompileOptions;
import org.quintet.Convolution;
import org.quintet.Dense;
import org.quintet.Graph;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Node;
import org.quintet.Precision;
import org.quintet.Tensor;
import org.quintet.Weights;
import org.quintet.WeightsException;

/** Quantised weights that somebody has tampered with are refused by the name of the tensor, whatever the precision. */
class DamagedFileTest {
  private final Network network = network();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final Weights sound = sound();

  private static Network network() {
    Graph graph = new Graph("small");
    Node x = graph.input(2, 6, 6).convolution("conv", Convolution.of(4, 3).same()).relu("relu");
    graph.head("out", x.dense("out", Dense.of(3)), null);
    return graph.build("test");
  }

  private Weights sound() {
    try (Weights random = Weights.random(network, 1)) {
      return Quantizer.of(network, random).quantize(QuantizerTest.noise(3, 1)).weights();
    }
  }

  @BeforeEach
  void take() {
    sound.names().forEach(name -> tensors.put(name, sound.get(name)));
  }

  @AfterEach
  void close() {
    sound.close();
  }

  private void compile(Precision precision) {
    try (Weights weights = Weights.of(tensors); Model model = network.compile(weights, CompileOptions.defaults().precision(precision))) {
      model.run(new float[72]);
    }
  }

  private void assertRefused(String tensor) {
    for (Precision precision : Precision.values()) {
      WeightsException e = assertThrows(WeightsException.class, () -> compile(precision), precision::name);
      assertTrue(String.valueOf(e.getMessage()).contains(tensor), e.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void asItWasWrittenItIsRead(Precision precision) {
    compile(precision);
  }

  @Test
  void withoutScales() {
    tensors.remove("conv.weight_scale");
    assertRefused("conv.weight_scale");
  }

  @Test
  void withScalesOfAnotherShape() {
    tensors.put("conv.weight_scale", Tensor.of(new float[] {1, 1, 1}, 3));
    assertRefused("conv.weight_scale");
    tensors.put("conv.weight_scale", Tensor.of(new float[] {1, 1, 1, 1}, 2, 2));
    assertRefused("conv.weight_scale");
    tensors.put("conv.weight_scale", Tensor.of(new byte[] {1, 1, 1, 1}, 4));
    assertRefused("conv.weight_scale");
  }

  @ParameterizedTest
  @ValueSource(floats = {0, -0.5f, Float.NaN, Float.POSITIVE_INFINITY})
  void withAScaleThatIsNoSize(float scale) {
    tensors.put("conv.weight_scale", Tensor.of(new float[] {1, 1, scale, 1}, 4));
    assertRefused("conv.weight_scale");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1 0", "NaN 1", "0 NaN", "0 Infinity", "-Infinity 0", "0", "0 1 2"})
  void withARangeThatIsNone(String ends) {
    String[] numbers = ends.split(" ");
    float[] values = new float[numbers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.parseFloat(numbers[i]);
    }
    tensors.put("quantization.relu.range", Tensor.of(values, values.length));
    assertRefused("quantization.relu.range");
  }

  @Test
  void withCodesOfAnotherShape() {
    tensors.put("conv.weight", Tensor.of(new byte[24], 4, 2, 3, 1));
    assertRefused("conv.weight");
  }

  @Test
  void withARangeOfANodeThatIsNotThere() {
    tensors.put("quantization.nowhere.range", Tensor.of(new float[] {0, 1}, 2));
    assertRefused("quantization.nowhere.range");
  }

  @Test
  void withoutRangesItIsStillRead() {
    tensors.keySet().removeIf(name -> name.startsWith("quantization."));
    Arrays.stream(Precision.values()).forEach(this::compile);
  }

  @Test
  void withCodesThatNoQuantiserWrites() {
    byte[] codes = new byte[72];
    Arrays.fill(codes, (byte) -128);
    tensors.put("conv.weight", Tensor.of(codes, 4, 2, 3, 3));
    for (Precision precision : Precision.values()) {
      try {
        compile(precision);
      } catch (WeightsException e) {
        assertTrue(String.valueOf(e.getMessage()).contains("conv.weight"), e.getMessage());
      }
    }
  }
}
