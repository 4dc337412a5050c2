package org.quintet.pictures;

import java.io.IOException;

/**
 * What stands before a JPEG's first scan.
 *
 * @param width pixels in a row, as stored
 * @param height rows, as stored
 * @param components samples a pixel: 1, 3 or 4
 * @param luminanceChrominance whether the first three components are Y, Cb and Cr
 * @param halfHeight bit c is set if component c has as many columns as the picture and half as many rows
 * @param orientation the EXIF orientation, 1 to 8
 */
record JpegHeader(int width, int height, int components, boolean luminanceChrominance, int halfHeight, int orientation) {
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final int START_OF_SCAN = 0xda;
  private static final int END_OF_IMAGE = 0xd9;
  private static final String EXIF = "Exif\0\0";

  /** Reads the segments up to the first scan. */
  static JpegHeader parse(byte[] data) throws IOException {
    return new Parser(data).parse();
  }

  /** Walks the segments and remembers those that matter. */
  private static final class Parser {
    private static final int ABSENT = -1;

    private final byte[] data;
    private final Bytes bytes;
    private long frame = ABSENT;
    private boolean jfif;
    private int adobeTransform = ABSENT;
    private int orientation = ABSENT;

    private Parser(byte[] data) {
      this.data = data;
      bytes = new Bytes(data, true);
    }

    private JpegHeader parse() throws IOException {
      long at = 2;
      while (true) {
        at = afterMarker(at);
        int marker = bytes.u8(at - 1);
        if (marker == START_OF_SCAN || marker == END_OF_IMAGE) {
          break;
        }
        if (!standsAlone(marker)) {
          int length = bytes.u16(at);
          bytes.require(at, length, String.format("segment FF %02X", marker));
          remember(marker, at + 2, length - 2);
          at += length;
        }
      }
      if (frame == ABSENT) {
        throw new IOException("found no frame header before the picture data, expected one");
      }
      return header();
    }

    /** The place after the next marker's code; bytes between segments are skipped, and any number of FF may precede a code. */
    private long afterMarker(long from) throws IOException {
      long at = from;
      while (bytes.u8(at) != 0xff || bytes.u8(at + 1) == 0xff || bytes.u8(at + 1) == 0) {
        at++;
      }
      return at + 2;
    }

    private static boolean standsAlone(int marker) {
      return marker == 0x01 || marker >= 0xd0 && marker <= 0xd8;
    }

    private static boolean startsFrame(int marker) {
      return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }

    private void remember(int marker, long at, int length) throws IOException {
      if (startsFrame(marker) && frame == ABSENT) {
        frame = at;
      } else if (marker == APP0 && length >= 14 && bytes.has(at, "JFIF\0")) {
        jfif = true;
      } else if (marker == APP14 && length >= 12 && bytes.has(at, "Adobe")) {
        adobeTransform = bytes.u8(at + 11);
      } else if (marker == APP1 && orientation == ABSENT && bytes.has(at, EXIF)) {
        orientation = Orientation.read(data, (int) at + EXIF.length(), length - EXIF.length());
      }
    }

    private JpegHeader header() throws IOException {
      int components = bytes.u8(frame + 5);
      if (components != 1 && components != 3 && components != 4) {
        throw new IOException("found " + components + " colour components, expected 1, 3 or 4");
      }
      return new JpegHeader(
          bytes.u16(frame + 3),
          bytes.u16(frame + 1),
          components,
          components == 3 && isYcc() || components == 4 && adobeTransform > 0,
          halfHeight(components),
          orientation == ABSENT ? Orientation.UPRIGHT : orientation);
    }

    private int halfHeight(int components) throws IOException {
      int mostColumns = 0;
      int mostRows = 0;
      for (int c = 0; c < components; c++) {
        mostColumns = Math.max(mostColumns, sampling(c) >> 4);
        mostRows = Math.max(mostRows, sampling(c) & 15);
      }
      int mask = 0;
      for (int c = 0; c < components; c++) {
        if (sampling(c) >> 4 == mostColumns && 2 * (sampling(c) & 15) == mostRows) {
          mask |= 1 << c;
        }
      }
      return mask;
    }

    /** Component {@code c}'s share of samples: columns in the high four bits, rows in the low ones. */
    private int sampling(int c) throws IOException {
      return bytes.u8(frame + 7 + 3L * c);
    }

    /** The rule of libjpeg's {@code default_decompress_parms}: JFIF means YCbCr, then Adobe's word counts, then the names. */
    private boolean isYcc() throws IOException {
      if (jfif) {
        return true;
      }
      if (adobeTransform != ABSENT) {
        return adobeTransform != 0;
      }
      return !(bytes.u8(frame + 6) == 'R' && bytes.u8(frame + 9) == 'G' && bytes.u8(frame + 12) == 'B');
    }
  }
}
