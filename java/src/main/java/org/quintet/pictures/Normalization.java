package org.quintet.pictures;

import java.util.Arrays;
import org.quintet.ArgumentException;

/**
 * What levels become before a network sees them: {@code (level / divisor - mean) / std} by planes, computed in 32-bit floats.
 * Immutable and thread-safe.
 */
public final class Normalization {
  /** Levels as they are, for any number of planes. */
  public static final Normalization NONE = new Normalization(1, new double[0], new double[0]);

  private final double divisor;
  private final double[] mean;
  private final double[] std;

  private Normalization(double divisor, double[] mean, double[] std) {
    this.divisor = divisor;
    this.mean = mean;
    this.std = std;
  }

  /**
   * One mean and one deviation a plane.
   *
   * @throws ArgumentException if there are not as many means as deviations, or the divisor or a deviation is zero or no number
   */
  public static Normalization of(double divisor, double[] mean, double[] std) {
    if (mean.length != std.length || mean.length == 0) {
      throw new ArgumentException("found " + mean.length + " means and " + std.length + " deviations, expected one of each a plane");
    }
    requireDivisor(divisor);
    Arrays.stream(std).forEach(Normalization::requireDivisor);
    return new Normalization(divisor, mean.clone(), std.clone());
  }

  private static void requireDivisor(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      throw new ArgumentException("found a divisor or deviation of " + value + ", expected a number other than zero");
    }
  }

  /** The planes it is for; 0: any number. */
  public int planes() {
    return mean.length;
  }

  /**
   * Normalises a sample in place.
   *
   * @param levels C,H,W
   * @throws ArgumentException if the numbers are not as many for each of its planes
   */
  public void apply(float[] levels) {
    if (mean.length == 0) {
      return;
    }
    if (levels.length % mean.length != 0) {
      throw new ArgumentException(levels.length + " numbers are not " + mean.length + " planes");
    }
    int plane = levels.length / mean.length;
    float by = (float) divisor;
    for (int p = 0; p < mean.length; p++) {
      float less = (float) mean[p];
      float over = (float) std[p];
      for (int i = p * plane; i < (p + 1) * plane; i++) {
        levels[i] = (levels[i] / by - less) / over;
      }
    }
  }

  @Override
  public String toString() {
    return mean.length == 0 ? "levels" : "(level / " + divisor + " - " + Arrays.toString(mean) + ") / " + Arrays.toString(std);
  }
}
