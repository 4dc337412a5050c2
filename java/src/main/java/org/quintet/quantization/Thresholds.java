package org.quintet.quantization;

import java.util.Arrays;

/** Where to cut a histogram off. */
final class Thresholds {
  /** Every so many bins, a threshold is tried. */
  private static final int STRIDE = 8;

  private Thresholds() {}

  /** The magnitude that {@code share} of the values other than zero do not exceed. */
  static double percentile(Histogram values, double share) {
    long[] bins = values.bins();
    double wanted = share * Arrays.stream(bins).sum();
    double below = 0;
    for (int i = 0; i < bins.length; i++) {
      if (bins[i] > 0 && below + bins[i] >= wanted) {
        return Math.min(values.greatestMagnitude(), values.width() * (i + (wanted - below) / bins[i]));
      }
      below += bins[i];
    }
    return values.greatestMagnitude();
  }

  /** See {@link RangeMethod#meanSquare()}: a step's rounding error is even, so its square is a twelfth of the step's. */
  static double meanSquare(Histogram values) {
    long[] bins = values.bins();
    int levels = values.levels();
    return best(values, STRIDE, end -> {
      double step = (double) end / levels;
      double error = 0;
      for (int i = 0; i < bins.length; i++) {
        double beyond = i + 0.5 - end;
        error += bins[i] * (beyond > 0 ? beyond * beyond : step * step / 12);
      }
      return error;
    });
  }

  /** See {@link RangeMethod#entropy()}. */
  static double entropy(Histogram values) {
    int levels = values.levels();
    return best(values, levels, end -> divergence(values.bins(), end, levels));
  }

  /** What {@code cost} is of a threshold of so many bins. */
  private interface Cost {
    double of(int end);
  }

  /** The threshold of the least cost among those of {@code first} bins and more, up to all that has values. */
  private static double best(Histogram values, int first, Cost cost) {
    int last = values.bins().length;
    while (last > 0 && values.bins()[last - 1] == 0) {
      last--;
    }
    double best = values.greatestMagnitude();
    double least = last < first ? Double.NEGATIVE_INFINITY : cost.of(last);
    for (int end = first; end < last; end += STRIDE) {
      double found = cost.of(end);
      if (found < least) {
        least = found;
        best = end * values.width();
      }
    }
    return best;
  }

  /**
   * The divergence between the first {@code end} bins, the last of which has all that lies beyond too, and what stays of them when each
   * {@code levels}-th part is one step: its values then are spread evenly over those of its bins that had any.
   */
  private static double divergence(long[] bins, int end, int levels) {
    double beyond = 0;
    double inside = 0;
    for (int i = 0; i < bins.length; i++) {
      if (i < end) {
        inside += bins[i];
      } else {
        beyond += bins[i];
      }
    }
    if (inside == 0) {
      return Double.POSITIVE_INFINITY;
    }
    double divergence = 0;
    for (int level = 0; level < levels; level++) {
      int from = (int) ((long) level * end / levels);
      int to = (int) ((long) (level + 1) * end / levels);
      double sum = 0;
      int used = 0;
      for (int i = from; i < to; i++) {
        sum += bins[i];
        used += bins[i] > 0 || i == end - 1 && beyond > 0 ? 1 : 0;
      }
      double spread = Math.max(used == 0 ? 0 : sum / used, 1e-9) / inside;
      for (int i = from; i < to; i++) {
        double part = (bins[i] + (i == end - 1 ? beyond : 0)) / (inside + beyond);
        divergence += part > 0 ? part * Math.log(part / spread) : 0;
      }
    }
    return divergence;
  }
}
