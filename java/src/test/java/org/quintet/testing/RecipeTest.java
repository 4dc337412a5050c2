package org.quintet.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The test vectors of the goldens' README. */
class RecipeTest {

  @Test
  void aConvolutionsWeightsAreThePublishedOnes() {
    float[] values = Recipe.values(1, "conv1.weight", 20 * 25, -Math.sqrt(6.0 / 25), Math.sqrt(6.0 / 25));
    float[] first = {-0.26484593749046326f, -0.1667914092540741f, 0.0827333852648735f, 0.18760335445404053f};
    assertArrayEquals(first, Arrays.copyOf(values, 4));
    assertEquals(0.2512458264827728f, values[values.length - 1]);
  }

  @Test
  void aLargeDenseLayersWeightsAreThePublishedOnes() {
    double limit = Math.sqrt(6.0 / 3200);
    float[] values = Recipe.values(1, "dense1.weight", 500 * 3200, -limit, limit);
    float[] first = {0.01012197695672512f, -0.030460400506854057f, -0.01972358673810959f, 0.01976194977760315f};
    assertArrayEquals(first, Arrays.copyOf(values, 4));
    assertEquals(-0.031267162412405014f, values[values.length - 1]);
  }

  @Test
  void theLastNormOfAResidualBranchIsThePublishedOne() {
    float[] values = Recipe.values(7, "conv4x.2.conv2_rb.norm.gamma", 256, 0.2 / 3, 0.6 / 3);
    float[] first = {0.1480753868818283f, 0.08483482152223587f, 0.08989769220352173f, 0.1119258850812912f};
    assertArrayEquals(first, Arrays.copyOf(values, 4));
    assertEquals(0.15755319595336914f, values[255]);
  }

  @Test
  void aVariancesValuesAreThePublishedOnes() {
    float[] values = Recipe.values(1, "pre.norm.var", 64, 0.5, 1.5);
    assertEquals(0.6720852851867676f, values[0]);
    assertEquals(1.127717137336731f, values[63]);
  }

  @Test
  void anInputIsThePublishedOne() {
    float[] input = Recipe.input(1, 2, 1, 32, 32);
    float[] first = {0.18286089599132538f, 0.12715406715869904f, 0.217159241437912f, 0.18007788062095642f};
    assertArrayEquals(first, Arrays.copyOf(input, 4));
    assertEquals(0.17467167973518372f, input[input.length - 1]);
  }
}
