package org.quintet.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quintet.ArgumentException;

/** Ranges of distributions whose best range is known. */
class RangeMethodTest {
  private static final int COUNT = 400_000;

  private final Random random = new Random(5);

  private Histogram of(int count, DoubleSupplier values) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) values.getAsDouble();
    }
    Histogram histogram = new Histogram();
    histogram.add(FloatBuffer.wrap(numbers));
    return histogram;
  }

  private Histogram withOutlier(Histogram histogram, float outlier) {
    histogram.add(FloatBuffer.wrap(new float[] {outlier}));
    return histogram;
  }

  @Test
  void minMaxKeepsAll() {
    assertEquals(new Range(-2, 5), RangeMethod.minMax().range(withOutlier(of(10, () -> -2), 5)));
  }

  @Test
  void aPercentileOfAnEvenDistributionIsItsShare() {
    Histogram even = of(COUNT, () -> 10 * random.nextDouble());
    assertEquals(9.9, RangeMethod.percentile(99).threshold(even), 0.02);
    assertEquals(5, RangeMethod.percentile(50).threshold(even), 0.05);
    assertEquals(even.max(), RangeMethod.percentile(100).threshold(even), 1e-6);
  }

  @Test
  void aPercentileDoesNotCountZeros() {
    Histogram sparse = of(COUNT, () -> random.nextInt(10) > 0 ? 0 : 1 + random.nextDouble());
    assertEquals(1.5, RangeMethod.percentile(50).threshold(sparse), 0.02);
  }

  @Test
  void aPercentileCutsOutliersOff() {
    Histogram outlying = withOutlier(of(COUNT, () -> 2 * random.nextDouble() - 1), 100);
    Range range = RangeMethod.percentile(99.99).range(outlying);
    assertEquals(1, range.max(), 0.06);
    assertTrue(range.min() >= -1, range.toString());
  }

  @Test
  void theLeastSquaredErrorOfABellCurveCutsItsTailsOff() {
    // For a normal distribution and 127 steps a side, the sum of rounding (T/127)^2/12 and tail is least near 4 deviations.
    Histogram bell = of(COUNT, random::nextGaussian);
    assertEquals(4, RangeMethod.meanSquare().threshold(bell), 0.25);
  }

  @Test
  void theLeastSquaredErrorOfAnEvenDistributionKeepsItWhole() {
    Histogram even = of(COUNT, random::nextDouble);
    assertEquals(1, RangeMethod.meanSquare().threshold(even), 0.01);
  }

  @Test
  void entropyKeepsAnEvenDistributionWhole() {
    assertEquals(1, RangeMethod.entropy().threshold(of(COUNT, random::nextDouble)), 0.03);
  }

  @Test
  void entropyCutsOffWhatIsFarOut() {
    Histogram outlying = withOutlier(of(COUNT, () -> Math.abs(random.nextGaussian())), 40);
    double threshold = RangeMethod.entropy().threshold(outlying);
    assertTrue(threshold > 2.5 && threshold < 10, "threshold " + threshold);
  }

  @ParameterizedTest
  @ValueSource(strings = {"min-max", "percentile", "percentile=50", "entropy", "mean-square"})
  void rangesReachFromZeroIntoTheValuesWhateverTheMethod(String name) {
    RangeMethod method = RangeMethod.parse(name);
    Histogram negative = of(1000, () -> -1 - random.nextDouble());
    Range range = method.range(negative);
    assertTrue(negative.min() <= range.min() && range.min() < -0.9 && range.max() == 0, range.toString());
    assertEquals(new Range(0, 1), method.range(of(100, () -> 0)), "of nothing but zeros, any range will do");
    assertEquals(3, method.range(of(100, () -> 3)).max(), 0.01);
  }

  @Test
  void methodsAreKnownByTheirNames() {
    assertEquals("percentile 99.9", RangeMethod.parse("percentile=99.9").toString());
    assertEquals("min-max", RangeMethod.parse("MIN_MAX").toString());
    assertTrue(assertThrows(ArgumentException.class, () -> RangeMethod.parse("guess")).getMessage().contains("entropy"));
    assertThrows(ArgumentException.class, () -> RangeMethod.parse("percentile=0"));
    assertThrows(ArgumentException.class, () -> RangeMethod.percentile(100.1));
    assertThrows(ArgumentException.class, () -> RangeMethod.percentile(Double.NaN));
  }

  @Test
  void aRangeHasFiniteEndsInOrder() {
    assertThrows(ArgumentException.class, () -> new Range(1, 0));
    assertThrows(ArgumentException.class, () -> new Range(Float.NaN, 0));
    assertThrows(ArgumentException.class, () -> new Range(0, Float.POSITIVE_INFINITY));
  }
}
