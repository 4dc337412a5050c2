package org.quintet.data;

import org.quintet.internal.SeededRandom;

/**
 * Where each pixel of a distorted picture comes from: rotation, scaling and shift around the centre, plus an elastic field. Drawn once
 * a sample and then applied to its planes. Not thread-safe.
 */
final class Warp {
  private final Augmentation options;
  private final int height;
  private final int width;
  private final float[] fromY;
  private final float[] fromX;
  private final float[] field;
  private final float[] blurred;
  private final float[] gaussian;

  Warp(Augmentation options, int height, int width) {
    this.options = options;
    this.height = height;
    this.width = width;
    int pixels = height * width;
    fromY = new float[pixels];
    fromX = new float[pixels];
    boolean elastic = options.elasticAlpha() > 0;
    field = new float[elastic ? pixels : 0];
    blurred = new float[elastic ? pixels : 0];
    gaussian = elastic ? gaussian(options.elasticSigma()) : new float[0];
  }

  /** Half of a Gaussian's values from its middle to 3 sigma, their whole sum 1. */
  private static float[] gaussian(double sigma) {
    float[] half = new float[(int) Math.ceil(3 * sigma) + 1];
    double sum = 0;
    for (int i = 0; i < half.length; i++) {
      half[i] = (float) Math.exp(-i * i / (2 * sigma * sigma));
      sum += i == 0 ? half[i] : 2 * half[i];
    }
    for (int i = 0; i < half.length; i++) {
      half[i] /= (float) sum;
    }
    return half;
  }

  /** Draws the next distortion. */
  void draw(SeededRandom random) {
    double angle = Math.toRadians(random.within(options.rotate()));
    double zoom = 1 / (1 + random.within(options.scale()));
    double down = random.within(options.shift());
    double right = random.within(options.shift());
    double cos = Math.cos(angle) * zoom;
    double sin = Math.sin(angle) * zoom;
    double centreY = (height - 1) / 2.0;
    double centreX = (width - 1) / 2.0;
    for (int y = 0, i = 0; y < height; y++) {
      double dy = y - centreY - down;
      for (int x = 0; x < width; x++, i++) {
        double dx = x - centreX - right;
        fromY[i] = (float) (centreY + cos * dy - sin * dx);
        fromX[i] = (float) (centreX + sin * dy + cos * dx);
      }
    }
    if (field.length > 0) {
      addField(fromY, random);
      addField(fromX, random);
    }
  }

  private void addField(float[] to, SeededRandom random) {
    for (int i = 0; i < field.length; i++) {
      field[i] = (float) random.within(1);
    }
    blur(field, blurred, width, 1, height);
    blur(blurred, field, height, width, width);
    float alpha = (float) options.elasticAlpha();
    for (int i = 0; i < field.length; i++) {
      to[i] += alpha * field[i];
    }
  }

  /** Smooths {@code lines} lines of {@code length} values that lie {@code stride} apart; beyond the ends there is nothing. */
  private void blur(float[] from, float[] to, int length, int stride, int lines) {
    int nextLine = stride == 1 ? length : 1;
    for (int line = 0; line < lines; line++) {
      int start = line * nextLine;
      for (int at = 0; at < length; at++) {
        float sum = gaussian[0] * from[start + at * stride];
        for (int d = 1; d < gaussian.length; d++) {
          float before = at - d >= 0 ? from[start + (at - d) * stride] : 0;
          float after = at + d < length ? from[start + (at + d) * stride] : 0;
          sum += gaussian[d] * (before + after);
        }
        to[start + at * stride] = sum;
      }
    }
  }

  /** Writes the plane that begins at {@code start} as distorted; bilinear, black outside. */
  void resample(float[] from, float[] to, int start) {
    for (int i = 0; i < fromY.length; i++) {
      float y = fromY[i];
      float x = fromX[i];
      int top = (int) Math.floor(y);
      int left = (int) Math.floor(x);
      float low = y - top;
      float far = x - left;
      float upper = (1 - far) * at(from, start, top, left) + far * at(from, start, top, left + 1);
      float lower = (1 - far) * at(from, start, top + 1, left) + far * at(from, start, top + 1, left + 1);
      to[start + i] = (1 - low) * upper + low * lower;
    }
  }

  private float at(float[] plane, int start, int y, int x) {
    return y < 0 || y >= height || x < 0 || x >= width ? 0 : plane[start + y * width + x];
  }
}
