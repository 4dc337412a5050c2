package org.quintet.pictures;

import java.io.EOFException;

/**
 * The EXIF orientation: how a camera was held, 1 to 8, and how to turn a picture upright again.
 *
 * <p>Read here and not by a metadata library, because this one number is in the first directory of the block, while a library reads
 * every value there is, and a hostile block can name the same bytes thousands of times.
 */
final class Orientation {
  static final int UPRIGHT = 1;

  private static final int TAG = 0x0112;
  private static final int SHORT = 3;

  private Orientation() {}

  /**
   * The orientation in an EXIF block.
   *
   * @param data the file
   * @param at where the block's TIFF header begins
   * @param length how long the block is
   * @return 1 to 8; 1 if the block does not say or is damaged, which is no reason to refuse a sound picture
   */
  static int read(byte[] data, int at, int length) {
    byte[] block = java.util.Arrays.copyOfRange(data, at, Math.min(data.length, at + length));
    try {
      Bytes header = new Bytes(block, true);
      boolean bigEndian = header.has(0, "MM");
      if (!bigEndian && !header.has(0, "II")) {
        return UPRIGHT;
      }
      Bytes tiff = new Bytes(block, bigEndian);
      long directory = tiff.u32(4);
      int entries = tiff.u16(directory);
      for (int i = 0; i < entries; i++) {
        long entry = directory + 2 + 12L * i;
        if (tiff.u16(entry) == TAG && tiff.u16(entry + 2) == SHORT) {
          int found = tiff.u16(entry + 8);
          return found >= 1 && found <= 8 ? found : UPRIGHT;
        }
      }
    } catch (EOFException e) {
      return UPRIGHT;
    }
    return UPRIGHT;
  }

  /**
   * Turns a stored picture upright. The orientations are the eight symmetries of a rectangle: from 5 on rows and columns are
   * exchanged, and each may run backwards.
   */
  static Picture apply(Picture stored, int orientation) {
    if (orientation == UPRIGHT) {
      return stored;
    }
    boolean exchanged = orientation >= 5;
    boolean rightToLeft = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    boolean bottomToTop = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    int width = exchanged ? stored.height() : stored.width();
    int height = exchanged ? stored.width() : stored.height();
    // Where the result's first pixel is stored, and how far apart its neighbours to the right and below are.
    int column = rightToLeft ? -1 : 1;
    int row = (bottomToTop ? -1 : 1) * stored.width();
    int first = (rightToLeft ? stored.width() - 1 : 0) + (bottomToTop ? (stored.height() - 1) * stored.width() : 0);
    int right = exchanged ? row : column;
    int down = exchanged ? column : row;
    byte[] from = stored.pixels();
    byte[] to = new byte[from.length];
    int o = 0;
    for (int y = 0; y < height; y++) {
      int i = (first + y * down) * Picture.CHANNELS;
      for (int x = 0; x < width; x++, i += right * Picture.CHANNELS) {
        to[o++] = from[i];
        to[o++] = from[i + 1];
        to[o++] = from[i + 2];
      }
    }
    return new Picture(width, height, to);
  }
}
