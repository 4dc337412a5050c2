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
   * f32 activations and arithmetic; convolutions by Winograd's algorithm with larger tiles too, F(6,3) and F(4,5); dense layers
   * that are bound by reading their weights keep them in float16 with a scale per output, and denormal numbers count as zero. The error
   * against {@link #EXACT} is published per network in BENCHMARKS.md (2e-4 to 4e-4 of the largest absolute logit).
   */
  FAST(Core.kFast),

  /**
   * As {@link #FAST}, and products in bfloat16 with sums in f32 where this CPU multiplies bfloat16 faster (AMX, AVX512-BF16): of values
   * that are bfloat16 between layers, or of the tiles of Winograd's algorithm, F(2,3), F(4,3) and F(2,5), with f32 values between layers;
   * dense layers keep their weights in bfloat16 where that is faster than float16 (networks whose weights stay in a cache);
   * elsewhere the same as {@link #FAST}. The error against {@link #EXACT} is published per network in BENCHMARKS.md (2e-3 to 2e-2 of the
   * largest absolute logit; OpenVINO's in bfloat16 2e-3 to 1e-2).
   */
  BF16(Core.kBf16),

  /**
   * As {@link #BF16}, and layers whose weights are int8 in the file (made by the quantiser: {@code ./quintet quantize}) multiply
   * 8-bit integers where that is faster on this CPU, or, of few channels and with AVX512-VNNI, the 16-bit integers of Winograd's
   * tiles (F(6,3), F(4,5)), which makes 2 to 5 of a hundred results of such a layer the neighbouring 8-bit integer. Compiling weights
   * that hold no int8 layer is a {@link WeightsException}. Every other precision reads such a file too, as the float numbers that its
   * integers stand for.
   */
  INT8(Core.kInt8);

  private final int nativeValue;

  Precision(int nativeValue) {
    this.nativeValue = nativeValue;
  }

  int nativeValue() {
    return nativeValue;
  }
}
