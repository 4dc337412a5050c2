package org.quintet.quantization;

import org.quintet.ArgumentException;
import org.quintet.Tensor;

/**
 * What a node's values lie between, as far as their 8 bits tell them apart: what is beyond becomes the nearer end.
 *
 * @param min the least
 * @param max the greatest, not less than it
 */
public record Range(float min, float max) {
  private static final String PREFIX = "quantization.";
  private static final String SUFFIX = ".range";

  /**
   * Checks the ends.
   *
   * @throws ArgumentException if they are no finite numbers in order
   */
  public Range {
    if (!(min <= max) || Float.isInfinite(min) || Float.isInfinite(max)) {
      throw new ArgumentException("there is no range from " + min + " to " + max);
    }
  }

  /** The tensor of a quantised file that holds the range of {@code node}. */
  static String tensorName(String node) {
    return PREFIX + node + SUFFIX;
  }

  /** As a quantised file has it: [2]. */
  Tensor tensor() {
    return Tensor.of(new float[] {min, max}, 2);
  }
}
