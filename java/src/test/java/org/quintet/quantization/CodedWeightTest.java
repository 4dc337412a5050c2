package org.quintet.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.quintet.DType;
import org.quintet.Tensor;
import org.quintet.WeightsException;

/** Weights in seven bits and a sign. */
class CodedWeightTest {
  private static CodedWeight of(int outputs, float... values) {
    return new CodedWeight(Tensor.of(values, outputs, values.length / outputs), outputs, values.length / outputs);
  }

  @Test
  void eachChannelHasAScaleOfItsOwn() {
    CodedWeight coded = of(2, 64, -32, 0, 16, 0.5f, 0.25f, -0.125f, 0);
    assertEquals(DType.I8, coded.codes().dtype());
    assertArrayEquals(new long[] {2, 4}, coded.codes().shape());
    assertArrayEquals(new float[] {1, 0.5f / 64}, coded.scales().toFloats());
    assertArrayEquals(new float[] {64, -32, 0, 16, 64, 32, -16, 0}, coded.codes().toFloats());
    assertArrayEquals(new float[8], coded.loss().toFloats());
  }

  @Test
  void noCodeIsBeyondSevenBitsAndNoLossBeyondHalfAStepUnlessCutOff() {
    Random random = new Random(3);
    float[] values = new float[50 * 300];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * (1 + i / 300);
    }
    CodedWeight coded = of(50, values);
    float[] codes = coded.codes().toFloats();
    float[] loss = coded.loss().toFloats();
    float[] scales = coded.scales().toFloats();
    for (int i = 0; i < values.length; i++) {
      float scale = scales[i / 300];
      assertTrue(Math.abs(codes[i]) <= 64 && scale > 0);
      assertEquals(values[i], codes[i] * scale + loss[i], 1e-5 * Math.abs(values[i]) + 1e-6);
      assertTrue(Math.abs(codes[i]) == 64 || Math.abs(loss[i]) <= 0.501 * scale);
    }
  }

  @Test
  void anOutlierIsCutOffWhereThatLosesLess() {
    float[] values = new float[2000];
    Random random = new Random(4);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    values[7] = 5.5f;
    assertTrue(of(1, values).scales().toFloats()[0] < 5.5 / 64);
  }

  @Test
  void channelsOfNothingHaveScaleOne() {
    CodedWeight coded = of(2, 0, 0, Float.MIN_VALUE, 0);
    assertArrayEquals(new float[] {1, 1}, coded.scales().toFloats());
    assertArrayEquals(new float[4], coded.codes().toFloats());
  }

  @Test
  void whatIsNoFiniteNumberIsRefused() {
    assertThrows(WeightsException.class, () -> of(1, 1, Float.NaN));
    assertThrows(WeightsException.class, () -> of(1, Float.POSITIVE_INFINITY, 1));
  }
}
