package org.quintet.data;

import java.util.Arrays;
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
  private final float[] gaussian;
  /** From one row of the field to the next: between rows are as many zeros as the Gaussian reaches, so all rows blur as one line. */
  private final int pitch;
  /** Before the field's first row and behind its last, zeros for as many rows as the Gaussian reaches. */
  private final int margin;
  private final float[] noise;
  private final float[] blurred;
  private final float[] field;
  private final float[] before;
  private final float[] after;
  private final float[] sum;
  /** A plane with a margin: one row and column before, two behind, all black. */
  private final float[] framed;

  Warp(Augmentation options, int height, int width) {
    this.options = options;
    this.height = height;
    this.width = width;
    int pixels = height * width;
    fromY = new float[pixels];
    fromX = new float[pixels];
    framed = new float[(height + 3) * (width + 3)];
    boolean elastic = options.elasticAlpha() > 0;
    gaussian = elastic ? gaussian(options.elasticSigma()) : new float[0];
    pitch = width + gaussian.length;
    margin = gaussian.length * pitch;
    noise = new float[elastic ? height * pitch + 2 * margin : 0];
    blurred = noise.clone();
    field = noise.clone();
    before = new float[elastic ? height * pitch : 0];
    after = before.clone();
    sum = before.clone();
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
    if (gaussian.length > 0) {
      addField(fromY, random);
      addField(fromX, random);
    }
  }

  private void addField(float[] to, SeededRandom random) {
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        noise[margin + y * pitch + x] = (float) random.within(1);
      }
    }
    blur(noise, blurred, 1);
    for (int y = 0; y < height; y++) {
      int behind = margin + y * pitch + width;
      Arrays.fill(blurred, behind, behind + gaussian.length, 0);   // what came over the end of the row
    }
    blur(blurred, field, pitch);
    float alpha = (float) options.elasticAlpha();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        to[y * width + x] += alpha * field[margin + y * pitch + x];
      }
    }
  }

  /** Smooths along values that lie {@code step} apart. */
  private void blur(float[] from, float[] to, int step) {
    int length = height * pitch;
    for (int i = 0; i < length; i++) {
      to[margin + i] = gaussian[0] * from[margin + i];
    }
    for (int d = 1; d < gaussian.length; d++) {
      System.arraycopy(from, margin - d * step, before, 0, length);
      System.arraycopy(from, margin + d * step, after, 0, length);
      add(gaussian[d]);
    }
    for (int i = 0; i < length; i++) {
      to[margin + i] += sum[i];
      sum[i] = 0;
    }
  }

  /** With the same index in all arrays, the compiler makes vectors of this loop; with a shift in one it does not. */
  private void add(float share) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += share * (before[i] + after[i]);
    }
  }

  /** Writes the plane that begins at {@code start} as distorted; bilinear, black outside. */
  void resample(float[] from, float[] to, int start) {
    int stride = width + 3;
    for (int y = 0; y < height; y++) {
      System.arraycopy(from, start + y * width, framed, (y + 1) * stride + 1, width);
    }
    for (int i = 0; i < fromY.length; i++) {
      // Counted from the margin's corner, and no farther outside than the margin.
      float y = Math.max(0, Math.min(height + 1, fromY[i] + 1));
      float x = Math.max(0, Math.min(width + 1, fromX[i] + 1));
      int top = (int) y;
      int left = (int) x;
      float low = y - top;
      float far = x - left;
      int at = top * stride + left;
      float upper = framed[at] + far * (framed[at + 1] - framed[at]);
      float lower = framed[at + stride] + far * (framed[at + stride + 1] - framed[at + stride]);
      to[start + i] = upper + low * (lower - upper);
    }
  }
}
