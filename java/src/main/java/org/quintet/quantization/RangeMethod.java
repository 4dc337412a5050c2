package org.quintet.quantization;

import java.util.Locale;
import org.quintet.ArgumentException;

/** Chooses the range that a node's 8 bits cover: a wide one has coarse steps, a narrow one cuts off what is beyond. */
public interface RangeMethod {

  /** The magnitude beyond which values are cut off; 0 if all are zero. */
  double threshold(Histogram values);

  /** What {@link #threshold} leaves of the values' own range, widened to hold zero, which padding is made of. */
  default Range range(Histogram values) {
    double threshold = threshold(values);
    if (threshold == 0) {
      return new Range(0, 1);   // nothing but zeros, which any range has
    }
    double least = Math.max(Math.min(0, values.min()), -threshold);
    return new Range((float) least, (float) Math.min(Math.max(0, values.max()), threshold));
  }

  /** All that was seen: nothing is cut off. */
  static RangeMethod minMax() {
    return named("min-max", Histogram::greatestMagnitude);
  }

  /**
   * Cuts off the same share everywhere.
   *
   * @param percent of the values other than zero that stay, more than 0, at most 100; 99.99 is usual
   * @throws ArgumentException if it is out of range
   */
  static RangeMethod percentile(double percent) {
    if (!(percent > 0 && percent <= 100)) {
      throw new ArgumentException("a percentile is more than 0 and at most 100, not " + percent);
    }
    return named("percentile " + percent, values -> Thresholds.percentile(values, percent / 100));
  }

  /**
   * Loses the least information: the Kullback-Leibler divergence between the values and what 8 bits leave of them is smallest (Migacz,
   * "8-bit inference with TensorRT", 2017).
   */
  static RangeMethod entropy() {
    return named("entropy", Thresholds::entropy);
  }

  /** Least squared error expected of rounding within the range and of cutting off beyond. */
  static RangeMethod meanSquare() {
    return named("mean-square", Thresholds::meanSquare);
  }

  /**
   * By name: {@code min-max}, {@code percentile}, {@code percentile=99.9}, {@code entropy}, {@code mean-square}.
   *
   * @throws ArgumentException if there is none of that name
   */
  static RangeMethod parse(String text) {
    String name = text.toLowerCase(Locale.ROOT).replace('_', '-');
    return switch (name) {
      case "min-max", "minmax" -> minMax();
      case "percentile" -> percentile(99.99);
      case "entropy" -> entropy();
      case "mean-square" -> meanSquare();
      default -> {
        if (name.matches("percentile=\\d+(\\.\\d+)?")) {
          yield percentile(Double.parseDouble(name.substring("percentile=".length())));
        }
        throw new ArgumentException("no method " + text + "; there are min-max, percentile, percentile=PERCENT, entropy, mean-square");
      }
    };
  }

  private static RangeMethod named(String name, RangeMethod method) {
    return new RangeMethod() {
      @Override
      public double threshold(Histogram values) {
        return method.threshold(values);
      }

      @Override
      public String toString() {
        return name;
      }
    };
  }
}
