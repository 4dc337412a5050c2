package org.quintet.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quintet.ArgumentException;

/** Distributions of values in memory that does not grow. */
class HistogramTest {
  private static Histogram of(float... values) {
    Histogram histogram = new Histogram();
    histogram.add(FloatBuffer.wrap(values));
    return histogram;
  }

  @Test
  void knowsEndsAndZerosExactly() {
    Histogram histogram = of(0, -1.5f, 0, 3.25f, 1, -0.0f);
    assertEquals(-1.5f, histogram.min());
    assertEquals(3.25f, histogram.max());
    assertEquals(6, histogram.count());
    assertEquals(3, histogram.zeros());
    assertEquals(3, Arrays.stream(histogram.bins()).sum());
    assertEquals(127, histogram.levels());
    assertEquals(255, of(0, 2).levels());
  }

  @Test
  void mergesBinsAsValuesGrowAndLosesNone() {
    Random random = new Random(1);
    Histogram histogram = new Histogram();
    long added = 0;
    for (int part = 0; part < 60; part++) {
      float[] values = new float[20_000];   // more than are read at a time
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextDouble() * Math.pow(1.7, part) + 1e-9);
      }
      histogram.add(FloatBuffer.wrap(values));
      added += values.length;
      assertEquals(added, Arrays.stream(histogram.bins()).sum());
      assertTrue(histogram.width() * Histogram.BINS >= histogram.max());
      assertTrue(histogram.width() * Histogram.BINS < 2 * 1.01 * histogram.max(), "at least half of the bins are in use");
    }
  }

  @Test
  void nothingButZerosHasNoWidth() {
    Histogram histogram = of(0, 0, 0);
    assertEquals(0, histogram.width());
    assertEquals(0, histogram.max());
    Histogram later = of(0);
    later.add(FloatBuffer.wrap(new float[] {2}));
    assertEquals(1, later.bins()[Histogram.BINS - 1]);
    assertEquals(0, new Histogram().min());
  }

  @Test
  void theSmallestAndTheLargestNumbersAreNumbers() {
    Histogram histogram = of(Float.MIN_VALUE);
    assertEquals(1, Arrays.stream(histogram.bins()).sum());
    histogram.add(FloatBuffer.wrap(new float[] {-Float.MAX_VALUE}));
    assertEquals(2, Arrays.stream(histogram.bins()).sum());
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void whatIsNoFiniteNumberIsRefused(float value) {
    assertThrows(ArgumentException.class, () -> of(1, value, 2));
  }
}
