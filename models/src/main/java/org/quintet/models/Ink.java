package org.quintet.models;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.quintet.pictures.Picture;

/**
 * The ink of a picture: for every pixel, from 0 to 255, how far it is from the background, whichever of the two is darker. The
 * background is a plane through the brightness of the picture's edge, so light that falls off to one side does no harm.
 */
final class Ink {
  private static final int OUTLIER = 40;
  private static final int ROUNDS = 3;
  /** Less contrast than this many levels is no ink but noise. */
  private static final double LEAST_CONTRAST = 12;
  private static final double WEAK = 13;

  final int width;
  final int height;
  final float[] levels;

  /** Above this a pixel surely is ink. */
  final float strong;

  /** Above this a pixel may be the edge of ink. */
  final float weak;

  private Ink(int width, int height, float[] levels, float strong, float weak) {
    this.width = width;
    this.height = height;
    this.levels = levels;
    this.strong = strong;
    this.weak = weak;
  }

  static Ink of(Picture picture) {
    int width = picture.width();
    int height = picture.height();
    float[] gray = gray(picture);
    double noise = flatten(gray, width, height);
    double light = 0;
    double dark = 0;
    for (float difference : gray) {
      double square = difference * difference;
      light += difference > 0 ? square : 0;
      dark += difference < 0 ? square : 0;
    }
    float sign = light >= dark ? 1 : -1;
    for (int i = 0; i < gray.length; i++) {
      gray[i] = Math.max(0, sign * gray[i]);
    }
    return scaled(gray, width, height, noise);
  }

  private static Ink scaled(float[] ink, int width, int height, double noise) {
    float threshold = otsu(ink);
    float full = percentile(ink, threshold);
    if (full < LEAST_CONTRAST) {
      return new Ink(width, height, new float[ink.length], 255, 255);
    }
    float scale = 255 / full;
    for (int i = 0; i < ink.length; i++) {
      ink[i] = Math.min(255, ink[i] * scale);
    }
    float strong = Math.max(64, threshold * scale);
    return new Ink(width, height, ink, strong, (float) Math.min(strong, Math.max(WEAK, 4 * noise * scale)));
  }

  private static float[] gray(Picture picture) {
    byte[] rgb = picture.rgb();
    float[] gray = new float[picture.width() * picture.height()];
    for (int i = 0; i < gray.length; i++) {
      gray[i] = .299f * (rgb[3 * i] & 0xff) + .587f * (rgb[3 * i + 1] & 0xff) + .114f * (rgb[3 * i + 2] & 0xff);
    }
    return gray;
  }

  /** Takes the background's plane away and returns the deviation of the edge from it. */
  private static double flatten(float[] gray, int width, int height) {
    int[] edge = edge(width, height);
    float[] sorted = new float[edge.length];
    for (int i = 0; i < edge.length; i++) {
      sorted[i] = gray[edge[i]];
    }
    Arrays.sort(sorted);
    double[] plane = {sorted[sorted.length / 2], 0, 0};
    for (int round = 0; round < ROUNDS; round++) {
      plane = fit(gray, edge, width, height, plane);
    }
    double squares = 0;
    int inliers = 0;
    for (int i : edge) {
      double residual = gray[i] - at(plane, i, width, height);
      if (Math.abs(residual) < OUTLIER) {
        squares += residual * residual;
        inliers++;
      }
    }
    for (int i = 0; i < gray.length; i++) {
      gray[i] -= (float) at(plane, i, width, height);
    }
    return inliers == 0 ? 0 : Math.sqrt(squares / inliers);
  }

  private static int[] edge(int width, int height) {
    return IntStream.range(0, width * height)
        .filter(i -> i < width || i >= width * (height - 1) || i % width == 0 || i % width == width - 1)
        .toArray();
  }

  private static double at(double[] plane, int pixel, int width, int height) {
    return plane[0] + plane[1] * across(pixel, width) + plane[2] * down(pixel, width, height);
  }

  /** From -1/2 to 1/2, left to right. */
  private static double across(int pixel, int width) {
    return (pixel % width + 0.5) / width - 0.5;
  }

  private static double down(int pixel, int width, int height) {
    return (pixel / width + 0.5) / height - 0.5;
  }

  /** Least squares over those pixels of the edge that are near the plane so far. */
  private static double[] fit(float[] gray, int[] edge, int width, int height, double[] before) {
    double[][] sums = new double[3][4];
    int inliers = 0;
    for (int i : edge) {
      if (Math.abs(gray[i] - at(before, i, width, height)) < OUTLIER) {
        double[] row = {1, across(i, width), down(i, width, height), gray[i]};
        for (int r = 0; r < 3; r++) {
          for (int c = 0; c < 4; c++) {
            sums[r][c] += row[r] * row[c];
          }
        }
        inliers++;
      }
    }
    return inliers < edge.length / 3 || width < 3 || height < 3 ? before : solve(sums, before);
  }

  /** Gauss's elimination; {@code otherwise} if there is no one solution. */
  private static double[] solve(double[][] m, double[] otherwise) {
    for (int p = 0; p < 3; p++) {
      if (Math.abs(m[p][p]) < 1e-9) {
        return otherwise;
      }
      for (int r = 0; r < 3; r++) {
        double factor = r == p ? 0 : m[r][p] / m[p][p];
        for (int c = p; c < 4; c++) {
          m[r][c] -= factor * m[p][c];
        }
      }
    }
    return new double[] {m[0][3] / m[0][0], m[1][3] / m[1][1], m[2][3] / m[2][2]};
  }

  /** Otsu's threshold (1979): the one that leaves least variance within the two classes it makes. */
  private static float otsu(float[] values) {
    int[] histogram = new int[256];
    double sum = 0;
    for (float value : values) {
      histogram[Math.min(255, (int) value)]++;
      sum += Math.min(255, (int) value);
    }
    double below = 0;
    long count = 0;
    double best = -1;
    int threshold = 0;
    for (int level = 0; level < 255; level++) {
      count += histogram[level];
      below += (double) level * histogram[level];
      long rest = values.length - count;
      if (count > 0 && rest > 0) {
        double distance = below / count - (sum - below) / rest;
        double between = distance * distance * count * rest;
        if (between > best) {
          best = between;
          threshold = level;
        }
      }
    }
    return threshold + 1;
  }

  /** The level below which 95 % of the ink above {@code threshold} lie: ink at its fullest, without single bright pixels. */
  private static float percentile(float[] values, float threshold) {
    float[] above = new float[values.length];
    int count = 0;
    for (float value : values) {
      if (value >= threshold) {
        above[count++] = value;
      }
    }
    Arrays.sort(above, 0, count);
    return count == 0 ? 0 : above[Math.min(count - 1, (int) (0.95 * count))];
  }
}
