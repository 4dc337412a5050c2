package org.quintet.quantization;

import java.nio.FloatBuffer;

/** Sums up by how much numbers differ from what they should be. */
final class ErrorSum {
  private double squaredError;
  private double squared;
  private double greatestError;
  private double greatest;

  /** Takes all that remains of both, which are as many. */
  void add(FloatBuffer expected, FloatBuffer found) {
    while (expected.hasRemaining()) {
      double value = expected.get();
      double error = found.get() - value;
      squaredError += error * error;
      squared += value * value;
      greatestError = Math.max(greatestError, Math.abs(error));
      greatest = Math.max(greatest, Math.abs(value));
    }
  }

  /** Root mean square of the error over that of the expected. */
  double relativeRms() {
    return squaredError == 0 ? 0 : Math.sqrt(squaredError / squared);
  }

  /** Greatest error over the greatest magnitude of the expected. */
  double relativeMax() {
    return greatestError == 0 ? 0 : greatestError / greatest;
  }
}
