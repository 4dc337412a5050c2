package org.quintet;

import org.quintet.internal.bindings.Core;

/**
 * A promise about a model's numbers. It permits, it does not force: within its promise a plan takes for every layer whatever is
 * fastest on this CPU.
 */
public enum Precision {
  /** f32; the largest absolute error of the logits against float64 is at most 1e-5 of the largest absolute logit. */
  EXACT(Core.kExact),

  /**
   * f32 activations and arithmetic; dense layers that are bound by reading their weights keep them in bfloat16, and denormal
   * numbers count as zero. The error against {@link #EXACT} is published per network in BENCHMARKS.md (aim: 1e-3 of the largest
   * absolute logit; networks that end in large dense layers have the most).
   */
  FAST(Core.kFast);

  private final int nativeValue;

  Precision(int nativeValue) {
    this.nativeValue = nativeValue;
  }

  int nativeValue() {
    return nativeValue;
  }
}
