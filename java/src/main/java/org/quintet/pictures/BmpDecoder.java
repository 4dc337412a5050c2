package org.quintet.pictures;

import java.io.IOException;

/** BMP: the header's size is checked here, the reader makes the pixels. */
final class BmpDecoder {
  private static final int FILE_HEADER = 14;
  private static final int OS2_HEADER = 12;
  private static final int LARGEST_COMPRESSION = 3;

  private BmpDecoder() {}

  static Picture decode(byte[] data, DecodeLimits limits) throws IOException {
    Bytes bytes = new Bytes(data, false);
    long headerLength = bytes.u32(FILE_HEADER);
    if (headerLength == OS2_HEADER) {
      limits.check(bytes.u16(18), bytes.u16(20));
    } else {
      // A negative height means rows from the top.
      limits.check((int) bytes.u32(18), Math.abs((long) (int) bytes.u32(22)));
      checkCompression(bytes.u32(30));
    }
    return Rasters.toPicture(Readers.read(Readers.BMP, data, Readers::readRaw));
  }

  /** A JPEG or PNG within a BMP (4 and 5) would bring a size of its own past the check; nobody writes them. */
  private static void checkCompression(long found) throws IOException {
    if (found > LARGEST_COMPRESSION) {
      throw new IOException("found compression " + found + ", expected 0 to " + LARGEST_COMPRESSION);
    }
  }
}
