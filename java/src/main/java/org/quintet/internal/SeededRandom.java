package org.quintet.internal;

/**
 * Random numbers that depend on their seeds alone (SplitMix64), so that a sample is distorted the same way whichever thread does it
 * and whenever. Can be seeded again without garbage. Not thread-safe.
 */
public final class SeededRandom {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  /** Starts the sequence that belongs to three numbers. */
  public SeededRandom(long a, long b, long c) {
    seed(a, b, c);
  }

  /** Starts anew. */
  public void seed(long a, long b, long c) {
    state = mix((mix(mix(a + GAMMA) ^ b) + GAMMA) ^ c);
  }

  /** Passes over so many numbers, at no cost. */
  public void skip(long numbers) {
    state += numbers * GAMMA;
  }

  /** Any of all 64-bit numbers. */
  public long next() {
    state += GAMMA;
    return mix(state);
  }

  /** Uniform in [0, 1). */
  public double unit() {
    return (next() >>> 11) * 0x1p-53;
  }

  /** Uniform in [low, high). */
  public double between(double low, double high) {
    return low + (high - low) * unit();
  }

  /** Uniform in -range to range. */
  public double within(double range) {
    return between(-range, range);
  }

  /** Uniform in 0 to n - 1; by rejection, so exactly. */
  public int below(int n) {
    long limit = Long.MAX_VALUE - Long.MAX_VALUE % n;
    while (true) {
      long drawn = next() >>> 1;
      if (drawn < limit) {
        return (int) (drawn % n);
      }
    }
  }

  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
