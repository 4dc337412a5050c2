package org.quintet.pictures;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;

/** GIF: the first frame on its screen. Where the frame leaves the screen bare, that has the transparent colour, or colour 0. */
final class GifDecoder {
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2c;
  private static final int INTERLACED = 0x40;
  private static final int[] FIRST_ROWS = {0, 4, 2, 1};
  private static final int[] ROW_STEPS = {8, 8, 4, 2};

  private GifDecoder() {}

  static Picture decode(byte[] data, DecodeLimits limits) throws IOException {
    Bytes bytes = new Bytes(data, false);
    long at = firstFrame(bytes);
    int left = bytes.u16(at + 1);
    int top = bytes.u16(at + 3);
    int frameWidth = bytes.u16(at + 5);
    int frameHeight = bytes.u16(at + 7);
    // A frame that reaches beyond the screen makes the screen larger.
    int width = Math.max(bytes.u16(6), left + frameWidth);
    int height = Math.max(bytes.u16(8), top + frameHeight);
    limits.check(frameWidth, frameHeight);
    limits.check(width, height);
    boolean interlaced = (bytes.u8(at + 9) & INTERLACED) != 0;
    BufferedImage frame = Readers.read(Readers.GIF, interlaced ? notInterlaced(data, at) : data, Readers::readRaw);
    if (!(frame.getColorModel() instanceof IndexColorModel palette)) {
      throw new IOException("found a frame without a palette, expected one");
    }
    int bare = palette.getRGB(Math.max(0, palette.getTransparentPixel()));
    Picture stored = Rasters.toPicture(frame);
    return (interlaced ? inOrder(stored) : stored).onCanvas(left, top, width, height, bare);
  }

  /** The JDK's reader loses rows of an interlaced picture that has less than five, so it is not told. */
  private static byte[] notInterlaced(byte[] data, long frame) {
    byte[] copy = data.clone();
    copy[(int) frame + 9] &= ~INTERLACED;
    return copy;
  }

  /** Rows as they belong: stored are every eighth, the fourths between them, then the second ones, then the odd ones. */
  private static Picture inOrder(Picture stored) {
    int rowLength = stored.width() * Picture.CHANNELS;
    byte[] rgb = new byte[rowLength * stored.height()];
    int from = 0;
    for (int pass = 0; pass < FIRST_ROWS.length; pass++) {
      for (int y = FIRST_ROWS[pass]; y < stored.height(); y += ROW_STEPS[pass]) {
        System.arraycopy(stored.pixels(), from, rgb, y * rowLength, rowLength);
        from += rowLength;
      }
    }
    return new Picture(stored.width(), stored.height(), rgb);
  }

  /** Where the first image descriptor stands. */
  private static long firstFrame(Bytes bytes) throws IOException {
    int flags = bytes.u8(10);
    long at = 13 + ((flags & 0x80) == 0 ? 0 : 3L << (flags & 7) + 1);
    while (bytes.u8(at) != IMAGE) {
      if (bytes.u8(at) != EXTENSION) {
        throw new IOException(String.format("found a block %02X, expected a frame", bytes.u8(at)));
      }
      at += 2;
      while (bytes.u8(at) != 0) {
        at += 1 + bytes.u8(at);
      }
      at++;
    }
    return at;
  }
}
