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
