package org.quintet.benchmarks.peers;

/** What every comparison begins with: that all libraries compute the same. */
final class Answers {
  private static final double TOLERANCE = 1e-4;   // of the largest logit; each library rounds in an order of its own

  private Answers() {}

  /**
   * Holds logits against those of another library.
   *
   * @param what names the former in the message
   * @throws IllegalStateException if they differ by more than 1e-4 of the largest, or in number
   */
  static void compare(String what, float[] found, float[] expected) {
    double largest = 0;
    double error = found.length == expected.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(found.length, expected.length); i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      error = Math.max(error, Math.abs(expected[i] - found[i]));
    }
    if (!(error <= TOLERANCE * largest)) {
      throw new IllegalStateException("%s: another answer, %g apart, largest logit %g".formatted(what, error, largest));
    }
  }
}
