package org.quintet.quantization;

import java.nio.FloatBuffer;
import org.quintet.ArgumentException;

/**
 * How the magnitudes of a node's values are distributed, in memory that does not grow: when a value beyond the last bin comes, bins are
 * merged in pairs and are twice as wide from then on. At least half of the bins are in use, so that the resolution is never worse than
 * 1/2048 of the greatest magnitude.
 *
 * <p>Zeros are counted apart: 8 bits have an exact zero whatever the range, so that the many zeros behind a ReLU say nothing about it.
 * Not thread-safe.
 */
public final class Histogram {
  /** Number of bins. */
  public static final int BINS = 4096;

  private static final int CHUNK = 1 << 14;

  private final long[] bins = new long[BINS];
  private final float[] chunk = new float[CHUNK];
  private double width;
  private long zeros;
  private long count;
  private float min = Float.POSITIVE_INFINITY;
  private float max = Float.NEGATIVE_INFINITY;

  /** Makes an empty one. */
  public Histogram() {}

  /**
   * Adds all that remains of {@code values}.
   *
   * @throws ArgumentException if one is infinite or no number
   */
  public void add(FloatBuffer values) {
    while (values.hasRemaining()) {
      int length = Math.min(CHUNK, values.remaining());
      values.get(chunk, 0, length);
      cover(length);
      count(length);
    }
  }

  /** Widens the bins until all of the chunk fits. */
  private void cover(int length) {
    float least = min;
    float greatest = max;
    boolean finite = true;
    for (int i = 0; i < length; i++) {
      float value = chunk[i];
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
      finite &= Math.abs(value) <= Float.MAX_VALUE;
    }
    if (!finite) {
      throw new ArgumentException("a value is infinite or no number");
    }
    min = least;
    max = greatest;
    double magnitude = greatestMagnitude();
    width = width == 0 ? magnitude / BINS : width;
    while (width * BINS < magnitude) {
      for (int i = 0; i < BINS; i++) {
        bins[i] = i < BINS / 2 ? bins[2 * i] + bins[2 * i + 1] : 0;
      }
      width *= 2;
    }
  }

  private void count(int length) {
    double perUnit = 1 / width;
    for (int i = 0; i < length; i++) {
      float magnitude = Math.abs(chunk[i]);
      if (magnitude == 0) {
        zeros++;
      } else {
        bins[Math.min(BINS - 1, (int) (magnitude * perUnit))]++;
      }
    }
    count += length;
  }

  /** Values other than zero by magnitude: bin i has those from i to i + 1 times {@link #width()}. Not to be changed. */
  long[] bins() {
    return bins;
  }

  /** Width of a bin; 0 while nothing but zeros has come. */
  double width() {
    return width;
  }

  /** Number of values. */
  public long count() {
    return count;
  }

  /** Number of values that are zero. */
  public long zeros() {
    return zeros;
  }

  /** The least value; 0 if there is none. */
  public float min() {
    return min > max ? 0 : min;
  }

  /** The greatest value; 0 if there is none. */
  public float max() {
    return min > max ? 0 : max;
  }

  /** The greatest magnitude of a value. */
  double greatestMagnitude() {
    return Math.max(Math.abs((double) min()), Math.abs((double) max()));
  }

  /** Steps that 8 bits have for a magnitude: 255 if no value is negative, else 127. */
  int levels() {
    return min() < 0 ? 127 : 255;
  }
}
