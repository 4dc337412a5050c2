package org.quintet.data;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.quintet.internal.SeededRandom;

/** Distorts samples of one shape as an {@link Augmentation} says; holds the memory for it. Not thread-safe. */
final class Augmenter {
  private static final float WHITE = 255;

  private final Augmentation options;
  private final int planes;
  private final int height;
  private final int width;
  private final float[] scratch;
  private final @Nullable Warp warp;

  Augmenter(Augmentation options, int planes, int height, int width) {
    this.options = options;
    this.planes = planes;
    this.height = height;
    this.width = width;
    this.scratch = new float[planes * height * width];
    this.warp = options.warps() ? new Warp(options, height, width) : null;
  }

  /** Distorts C,H,W levels in place, by {@code random} alone. */
  void apply(float[] levels, SeededRandom random) {
    if (options.flip() && (random.next() & 1) == 0) {
      mirror(levels);
    }
    if (warp != null) {
      warp.draw(random);
      for (int plane = 0; plane < planes; plane++) {
        warp.resample(levels, scratch, plane * height * width);
      }
      System.arraycopy(scratch, 0, levels, 0, levels.length);
    }
    if (options.crop() > 0) {
      int range = 2 * options.crop() + 1;
      move(levels, random.below(range) - options.crop(), random.below(range) - options.crop());
    }
    if (options.colour() > 0) {
      recolour(levels, random);
    }
  }

  private void mirror(float[] levels) {
    for (int row = 0; row < planes * height; row++) {
      int left = row * width;
      for (int right = left + width - 1; left < right; left++, right--) {
        float kept = levels[left];
        levels[left] = levels[right];
        levels[right] = kept;
      }
    }
  }

  /** Lets row y, column x show what was at row y + down, column x + right. */
  private void move(float[] levels, int down, int right) {
    int first = Math.max(0, -right);
    int behind = Math.min(width, width - right);
    for (int row = 0; row < planes * height; row++) {
      int y = row % height + down;
      Arrays.fill(scratch, row * width, (row + 1) * width, 0f);
      if (y >= 0 && y < height && first < behind) {
        System.arraycopy(levels, (row + down) * width + first + right, scratch, row * width + first, behind - first);
      }
    }
    System.arraycopy(scratch, 0, levels, 0, levels.length);
  }

  /** Brightness, contrast around the picture's mean, and saturation around each pixel's; then back between black and white. */
  private void recolour(float[] levels, SeededRandom random) {
    float brightness = (float) (1 + random.within(options.colour()));
    float contrast = (float) (1 + random.within(options.colour()));
    float saturation = (float) (1 + random.within(options.colour()));
    double sum = 0;
    for (float level : levels) {
      sum += level;
    }
    float mean = (float) (sum / levels.length) * brightness;
    int plane = height * width;
    for (int i = 0; i < plane; i++) {
      float gray = 0;
      for (int p = 0; p < planes; p++) {
        gray += levels[p * plane + i];
      }
      gray /= planes;
      for (int p = 0; p < planes; p++) {
        float coloured = gray + (levels[p * plane + i] - gray) * saturation;
        float level = mean + (coloured * brightness - mean) * contrast;
        levels[p * plane + i] = Math.max(0, Math.min(WHITE, level));
      }
    }
  }
}
