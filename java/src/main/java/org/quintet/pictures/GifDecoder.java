package org.quintet.pictures;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;

/** GIF: the first frame on its screen. Where the frame leaves the screen bare, that has the transparent colour, or colour 0. */
final class GifDecoder {
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2c;

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
    BufferedImage frame = Readers.read(Readers.GIF, data, Readers::readRaw);
    if (!(frame.getColorModel() instanceof IndexColorModel palette)) {
      throw new IOException("found a frame without a palette, expected one");
    }
    int bare = palette.getRGB(Math.max(0, palette.getTransparentPixel()));
    return Rasters.toPicture(frame).onCanvas(left, top, width, height, bare);
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
