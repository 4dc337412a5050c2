package org.quintet.quantization;

import java.nio.FloatBuffer;
import java.util.stream.IntStream;
import org.quintet.Tensor;
import org.quintet.WeightsException;

/**
 * A layer's weight in 7 bits and a sign: value = code x scale of its output channel (Jacob et al., "Quantization and training of neural
 * networks for efficient integer-arithmetic-only inference", 2018; symmetric, per channel). Not in 8 bits: where a CPU adds pairs of
 * products in 16 bits, larger codes could overflow, and other CPUs would answer otherwise.
 */
final class CodedWeight {
  /** The greatest code. */
  static final int MOST = 64;

  private static final double NARROWEST = 0.5;
  private static final double STEP = 0.025;

  private final Tensor weight;
  private final int inputs;
  private final byte[] codes;
  private final float[] scales;

  /**
   * Codes {@code weight}.
   *
   * @param weight [outputs, ...]
   * @throws WeightsException if a value is infinite or no number
   */
  CodedWeight(Tensor weight, int outputs, int inputs) {
    this.weight = weight;
    this.inputs = inputs;
    this.codes = new byte[Math.multiplyExact(outputs, inputs)];
    this.scales = new float[outputs];
    IntStream.range(0, outputs).parallel().forEach(this::code);
  }

  private void code(int channel) {
    float[] row = new float[inputs];
    weight.copyTo((long) channel * inputs, FloatBuffer.wrap(row));
    float scale = scale(row);
    scales[channel] = scale;
    for (int i = 0; i < inputs; i++) {
      codes[channel * inputs + i] = (byte) code(row[i], scale);
    }
  }

  private static int code(float value, float scale) {
    return Math.max(-MOST, Math.min(MOST, Math.round(value / scale)));
  }

  /** The scale of least squared error among some from half of the greatest magnitude to all of it; 1 for nothing but zeros. */
  private float scale(float[] row) {
    float greatest = 0;
    for (float value : row) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    if (!(greatest <= Float.MAX_VALUE)) {
      throw new WeightsException(weight + ": a value is infinite or no number; such weights cannot be quantised");
    }
    if (greatest / MOST < Float.MIN_NORMAL) {
      return 1;
    }
    float best = greatest / MOST;
    double least = error(row, best);
    for (double part = 1 - STEP; part > NARROWEST; part -= STEP) {
      float scale = (float) (part * greatest / MOST);
      double found = error(row, scale);
      if (found < least) {
        least = found;
        best = scale;
      }
    }
    return best;
  }

  private static double error(float[] row, float scale) {
    double sum = 0;
    for (float value : row) {
      double error = value - code(value, scale) * scale;
      sum += error * error;
    }
    return sum;
  }

  /** The codes as I8, in the weight's shape. */
  Tensor codes() {
    return Tensor.of(codes, weight.shape());
  }

  /** [outputs], all more than zero. */
  Tensor scales() {
    return Tensor.of(scales, scales.length);
  }

  /** What coding loses: weight - code x scale, in the weight's shape, worked out when it is read. */
  Tensor loss() {
    return Tensor.computed(
        (start, target) -> {
          weight.copyTo(start, FloatBuffer.wrap(target));
          for (int i = 0; i < target.length; i++) {
            int at = (int) start + i;
            target[i] -= codes[at] * scales[at / inputs];
          }
        },
        weight.shape());
  }
}
