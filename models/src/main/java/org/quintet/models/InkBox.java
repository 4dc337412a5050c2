package org.quintet.models;

import org.quintet.pictures.Picture;

/**
 * A digit's ink, white on black, in a box that just holds it. Immutable.
 *
 * @param width columns
 * @param height rows
 * @param levels 0 to 255, row after row
 */
record InkBox(int width, int height, byte[] levels) {
  private static final int INK = 128;

  /** The longer side. */
  int size() {
    return Math.max(width, height);
  }

  /** Another size of the longer side, in proportion. */
  InkBox resized(int longer) {
    int newWidth = Math.max(1, Math.round((float) width * longer / size()));
    int newHeight = Math.max(1, Math.round((float) height * longer / size()));
    if (newWidth == width && newHeight == height) {
      return this;
    }
    byte[] rgb = Picture.ofGray(width, height, levels).resize(newWidth, newHeight).rgb();
    byte[] gray = new byte[newWidth * newHeight];
    for (int i = 0; i < gray.length; i++) {
      gray[i] = rgb[3 * i];
    }
    return new InkBox(newWidth, newHeight, gray);
  }

  /** How thick the strokes are, in pixels: twice the ink's area by the length of its outline. */
  double strokeWidth() {
    int area = 0;
    int outline = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        if (at(y, x) >= INK) {
          area++;
          boolean inside = at(y - 1, x) >= INK && at(y + 1, x) >= INK && at(y, x - 1) >= INK && at(y, x + 1) >= INK;
          outline += inside ? 0 : 1;
        }
      }
    }
    return outline == 0 ? 1 : 2.0 * area / outline;
  }

  /** Strokes thicker by {@code radius} on each side; the box grows with them. */
  InkBox thickened(double radius) {
    int reach = (int) Math.ceil(radius);
    int newWidth = width + 2 * reach;
    int newHeight = height + 2 * reach;
    byte[] out = new byte[newWidth * newHeight];
    for (int y = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++) {
        out[y * newWidth + x] = (byte) brightest(y - reach, x - reach, reach, radius);
      }
    }
    return new InkBox(newWidth, newHeight, out);
  }

  private int brightest(int y, int x, int reach, double radius) {
    int brightest = 0;
    for (int dy = -reach; dy <= reach; dy++) {
      for (int dx = -reach; dx <= reach; dx++) {
        if (dy * dy + dx * dx <= radius * radius + 0.25) {
          brightest = Math.max(brightest, at(y + dy, x + dx));
        }
      }
    }
    return brightest;
  }

  /** The same with its brightest pixel white, unless it is so dark that it would show noise. */
  InkBox brightened() {
    int brightest = 1;
    for (byte level : levels) {
      brightest = Math.max(brightest, level & 0xff);
    }
    float factor = Math.min(3, 255f / brightest);
    byte[] out = new byte[levels.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) Math.min(255, Math.round((levels[i] & 0xff) * factor));
    }
    return new InkBox(width, height, out);
  }

  /** In a square of {@code side}, the centre of mass in the pixel right and below of its middle, as far as the box stays inside. */
  Picture centred(int side) {
    double mass = 0;
    double across = 0;
    double down = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        mass += at(y, x);
        across += at(y, x) * (x + 0.5);
        down += at(y, x) * (y + 0.5);
      }
    }
    int left = place(side, width, mass == 0 ? width / 2.0 : across / mass);
    int top = place(side, height, mass == 0 ? height / 2.0 : down / mass);
    byte[] out = new byte[side * side];
    for (int y = 0; y < height; y++) {
      System.arraycopy(levels, y * width, out, (top + y) * side + left, width);
    }
    return Picture.ofGray(side, side, out);
  }

  private static int place(int side, int length, double centre) {
    return (int) Math.max(0, Math.min(side - length, Math.round((side + 1) / 2.0 - centre)));
  }

  private int at(int y, int x) {
    return y < 0 || y >= height || x < 0 || x >= width ? 0 : levels[y * width + x] & 0xff;
  }
}
