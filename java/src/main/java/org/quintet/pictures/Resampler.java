package org.quintet.pictures;

import java.util.Arrays;

/**
 * Pillow's antialiased bilinear resize, equal to it to the bit (its {@code Resample.c}): weights are fixed-point numbers of 22 bits,
 * the columns are usually resampled first, and both passes round to 8 bits.
 *
 * <p>Only the wanted part of the result is computed. Source rows go by once, from the top: each is resampled across and added to the
 * result rows it contributes to (or first added and then resampled), so that no picture at half-way is ever held, however tall.
 */
final class Resampler {
  /** Pillow's PRECISION_BITS: 8 bits for the pixel and 2 to spare are left of an int's 32. */
  private static final int PRECISION = 32 - 8 - 2;

  private static final int ROUND = 1 << (PRECISION - 1);

  private Resampler() {}

  /**
   * One direction of a resize: for each wanted result position, the source positions it is made of and their weights.
   * Immutable; made once for a size.
   */
  static final class Axis {
    private final int from;
    private final int to;
    private final int count;
    private final int stride;
    private final int[] start;
    private final int[] length;
    private final int[] weights;

    /**
     * Resamples {@code from} source positions to {@code to}, of which only {@code count} beginning at {@code first} are wanted.
     */
    Axis(int from, int to, int first, int count) {
      double scale = (double) from / to;
      double support = Math.max(scale, 1);
      this.from = from;
      this.to = to;
      this.count = count;
      stride = Math.min(from, (int) Math.ceil(support) * 2 + 1);
      start = new int[count];
      length = new int[count];
      weights = new int[Math.multiplyExact(stride, count)];
      double[] exact = new double[stride];
      for (int i = 0; i < count; i++) {
        double centre = (first + i + 0.5) * scale;
        start[i] = Math.max((int) (centre - support + 0.5), 0);
        int taps = Math.min((int) (centre + support + 0.5), from) - start[i];
        double sum = 0;
        for (int k = 0; k < taps; k++) {
          exact[k] = Math.max(0, 1 - Math.abs((start[i] + k - centre + 0.5) * (1 / support)));
          sum += exact[k];
        }
        for (int k = 0; k < taps; k++) {
          weights[i * stride + k] = (int) (0.5 + exact[k] / sum * (1 << PRECISION));
          if (weights[i * stride + k] != 0) {
            length[i] = k + 1;
          }
        }
      }
    }

    private int end(int i) {
      return start[i] + length[i];
    }

    /** One more than the last source position that is used. */
    private int last() {
      int last = 0;
      for (int i = 0; i < count; i++) {
        last = Math.max(last, end(i));
      }
      return last;
    }

    /** The weight of source position {@code at} in result {@code i}. */
    private int weight(int i, int at) {
      return at < start[i] || at >= end(i) ? 0 : weights[i * stride + at - start[i]];
    }

    /** How many results are ever unfinished at once while the source positions go by in order. */
    private int mostOpen() {
      int most = 1;
      int opened = 0;
      for (int i = 0; i < count; i++) {
        while (opened < count && start[opened] < end(i)) {
          opened++;
        }
        most = Math.max(most, opened - i);
      }
      return most;
    }
  }

  /**
   * Resamples interleaved 8-bit pixels.
   *
   * @param source height x width x channels bytes
   * @param width pixels in a source row
   * @return {@code rows.count} x {@code columns.count} x channels bytes
   */
  static byte[] resample(byte[] source, int width, int channels, Axis columns, Axis rows) {
    boolean downFirst = downFirst(columns, rows);
    int firstColumn = downFirst ? columns.start[0] : 0;
    int resultLength = columns.count * channels;
    int lineLength = downFirst ? (columns.last() - firstColumn) * channels : resultLength;
    byte[] result = new byte[Math.multiplyExact(resultLength, rows.count)];
    byte[] line = new byte[lineLength];
    int[][] sums = new int[rows.mostOpen()][lineLength];
    int opened = 0;
    int finished = 0;
    for (int y = rows.start[0]; finished < rows.count; y++) {
      if (downFirst) {
        System.arraycopy(source, (y * width + firstColumn) * channels, line, 0, lineLength);
      } else {
        across(source, y * width * channels, channels, columns, line, 0);
      }
      for (; opened < rows.count && rows.start[opened] <= y; opened++) {
        Arrays.fill(sums[opened % sums.length], ROUND);
      }
      for (int i = finished; i < opened; i++) {
        add(sums[i % sums.length], line, rows.weight(i, y));
      }
      for (; finished < opened && rows.end(finished) <= y + 1; finished++) {
        int[] finishedSums = sums[finished % sums.length];
        if (downFirst) {
          store(finishedSums, line, 0);
          across(line, -firstColumn * channels, channels, columns, result, finished * resultLength);
        } else {
          store(finishedSums, result, finished * resultLength);
        }
      }
    }
    return result;
  }

  /**
   * Whether the rows are resampled before the columns, which may change a rounding: Pillow does so from version 13 on where the height
   * loses more than twice as many pixels as the width.
   */
  private static boolean downFirst(Axis columns, Axis rows) {
    long lostColumns = (long) columns.from - columns.to;
    long lostRows = (long) rows.from - rows.to;
    return lostRows > Math.max(0, 2 * lostColumns);
  }

  /** One row of pixels across; source position 0 is at {@code offset}. */
  private static void across(byte[] source, int offset, int channels, Axis columns, byte[] result, int at) {
    int[] weights = columns.weights;
    int o = at;
    for (int x = 0; x < columns.count; x++) {
      int w = x * columns.stride;
      int end = w + columns.length[x];
      int from = offset + columns.start[x] * channels;
      for (int c = 0; c < channels; c++) {
        int sum = ROUND;
        for (int k = w, s = from + c; k < end; k++, s += channels) {
          sum += (source[s] & 0xff) * weights[k];
        }
        result[o++] = toByte(sum);
      }
    }
  }

  private static void add(int[] sums, byte[] line, int weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += (line[i] & 0xff) * weight;
    }
  }

  private static void store(int[] sums, byte[] result, int offset) {
    for (int i = 0; i < sums.length; i++) {
      result[offset + i] = toByte(sums[i]);
    }
  }

  /** Many small weights, each rounded up, may sum to more than one: hence the limit. */
  private static byte toByte(int sum) {
    return (byte) Math.min(sum >> PRECISION, 255);
  }
}
