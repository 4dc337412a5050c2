package org.quintet.pictures;

import org.quintet.ArgumentException;

/**
 * Which part of a picture is seen and at which size. Immutable.
 *
 * @param side what the shorter side is resized to before the centre is taken; 0 to stretch the whole picture
 * @param height rows of the result, its margin included
 * @param width columns of the result, its margin included
 * @param margin rows and columns on each side that are not picture
 */
record Framing(int side, int height, int width, int margin) {
  private static final int STRETCH = 0;

  Framing {
    if (height - 2 * margin < 1 || width - 2 * margin < 1 || margin < 0) {
      throw new ArgumentException(
          "found a size of " + height + " x " + width + " with a margin of " + margin + ", expected at least one row and column within");
    }
    if (side != STRETCH && Math.max(height, width) - 2 * margin > side) {
      throw new ArgumentException("found a crop of " + height + " x " + width + ", expected at most the shorter side, " + side);
    }
  }

  static Framing centre(int side, int height, int width) {
    if (side < 1) {
      throw new ArgumentException("found a shorter side of " + side + ", expected at least 1");
    }
    return new Framing(side, height, width, 0);
  }

  static Framing stretch(int height, int width) {
    return new Framing(STRETCH, height, width, 0);
  }

  /** The same with a wider margin around the same picture. */
  Framing padded(int wider) {
    if (wider < 0) {
      throw new ArgumentException("found a margin of " + wider + ", expected at least 0");
    }
    return new Framing(side, height + 2 * wider, width + 2 * wider, margin + wider);
  }

  /** The same at another size; the shorter side changes in proportion to the longer side of what is seen. */
  Framing size(int newHeight, int newWidth) {
    int seen = Math.max(newHeight, newWidth) - 2 * margin;
    int newSide = side == STRETCH ? STRETCH : (int) Math.round((double) side * seen / (Math.max(height, width) - 2 * margin));
    return new Framing(newSide, newHeight, newWidth, margin);
  }

  /** The pixels of the result without its margin, of a picture's; only what is seen is resized. */
  byte[] frame(byte[] pixels, int pictureWidth, int pictureHeight, int channels) {
    int rows = height - 2 * margin;
    int columns = width - 2 * margin;
    Resampler.Axis across = axis(pictureWidth, pictureHeight, columns);
    Resampler.Axis down = axis(pictureHeight, pictureWidth, rows);
    return Resampler.resample(pixels, pictureWidth, channels, across, down);
  }

  private Resampler.Axis axis(int length, int otherLength, int seen) {
    if (side == STRETCH) {
      return new Resampler.Axis(length, seen, 0, seen);
    }
    long resized = length <= otherLength ? side : (long) side * length / otherLength;
    if (resized > Integer.MAX_VALUE) {
      throw new ArgumentException(
          "a picture of " + length + " by " + otherLength + " pixels with its shorter side at " + side + " would be " + resized
              + " long, expected at most " + Integer.MAX_VALUE);
    }
    int first = (int) Math.rint((resized - seen) / 2.0);
    return new Resampler.Axis(length, (int) resized, first, seen);
  }

  @Override
  public String toString() {
    String part = side == STRETCH ? "stretched to " : "shorter side " + side + ", centre ";
    return part + (height - 2 * margin) + " x " + (width - 2 * margin) + (margin == 0 ? "" : ", margin " + margin);
  }
}
