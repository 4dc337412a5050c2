package org.quintet.pictures;

import java.io.IOException;

/**
 * WebP, lossy or lossless, the first frame of an animation: the chunks are checked here, the reader makes the pixels. The reader
 * is not shown what would change them (a colour profile) or what is dropped anyway (a separate alpha plane).
 */
final class WebpDecoder {
  private static final int FIRST_CHUNK = 12;
  private static final int COLOUR_PROFILE_FLAG = 0x20;
  private static final int FRAME_HEADER = 16;

  private final byte[] data;
  private final Bytes bytes;
  private final DecodeLimits limits;
  private int canvasWidth;
  private int canvasHeight;
  private int left;
  private int top;
  private boolean animated;
  private boolean seenPixels;
  private int orientation = Orientation.UPRIGHT;

  private WebpDecoder(byte[] data, DecodeLimits limits) {
    // A copy, since what the reader must not see is painted over.
    this.data = data.clone();
    this.limits = limits;
    bytes = new Bytes(this.data, false);
  }

  static Picture decode(byte[] data, DecodeLimits limits) throws IOException {
    WebpDecoder decoder = new WebpDecoder(data, limits);
    decoder.check();
    Picture frame = Rasters.toPicture(Readers.read(Readers.WEBP, new PaddedInput(decoder.data), Readers::readRaw));
    // An animation's first frame may cover a part of the canvas only; the rest is black.
    Picture canvas = frame.onCanvas(decoder.left, decoder.top, decoder.canvasWidth, decoder.canvasHeight, 0);
    return Orientation.apply(canvas, decoder.orientation);
  }

  private void check() throws IOException {
    long length = bytes.u32(4);
    bytes.require(8, length, "RIFF container");
    checkChunks(FIRST_CHUNK, 8 + length);
    if (!seenPixels) {
      throw new IOException("found no picture chunk, expected VP8, VP8L or ANMF");
    }
  }

  private void checkChunks(long from, long end) throws IOException {
    for (long at = from; at + 8 <= end; ) {
      String name = bytes.name(at);
      long length = bytes.u32(at + 4);
      bytes.require(at + 8, length, name.trim() + " chunk");
      checkChunk(name, at + 8, length);
      at += 8 + length + (length & 1);
    }
  }

  private void checkChunk(String name, long at, long length) throws IOException {
    switch (name) {
      case "VP8X" -> {
        data[(int) at] &= (byte) ~COLOUR_PROFILE_FLAG;
        setCanvas(1 + u24(at + 4), 1 + u24(at + 7));
      }
      case "ANMF" -> {
        if (!seenPixels) {
          left = 2 * u24(at);
          top = 2 * u24(at + 3);
          animated = true;
          checkChunks(at + FRAME_HEADER, at + length);
        }
      }
      case "VP8 " -> checkPixels(bytes.u16(at + 6) & 0x3fff, bytes.u16(at + 8) & 0x3fff);
      case "VP8L" -> {
        long sizes = bytes.u32(at + 1);
        checkPixels(1 + (int) (sizes & 0x3fff), 1 + (int) (sizes >> 14 & 0x3fff));
      }
      case "ALPH" -> data[(int) at - 8] = '-';
      case "EXIF" -> {
        int tiff = (int) at + (bytes.has(at, "Exif\0\0") ? 6 : 0);
        orientation = Orientation.read(data, tiff, (int) (at + length) - tiff);
      }
      default -> {}
    }
  }

  private void checkPixels(int width, int height) throws IOException {
    limits.check(width, height);
    if (canvasWidth == 0) {
      setCanvas(width, height);
    }
    boolean within = left + width <= canvasWidth && top + height <= canvasHeight;
    if (!within || !animated && (width != canvasWidth || height != canvasHeight)) {
      throw new IOException(
          "found a frame of " + width + " x " + height + " at " + left + "," + top + ", expected one that fits a canvas of "
              + canvasWidth + " x " + canvasHeight);
    }
    seenPixels = true;
  }

  private void setCanvas(int width, int height) throws IOException {
    limits.check(width, height);
    canvasWidth = width;
    canvasHeight = height;
  }

  private int u24(long at) throws IOException {
    return bytes.u16(at) | bytes.u8(at + 2) << 16;
  }
}
