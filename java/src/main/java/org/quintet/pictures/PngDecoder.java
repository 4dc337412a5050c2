package org.quintet.pictures;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * PNG: the chunks are checked here, since the reader overlooks wrong checksums and missing ends; the reader makes the pixels. It is
 * shown only what pixels are made of: it would refuse a picture for a damaged comment and unpack a compressed one of any size.
 */
final class PngDecoder {
  private static final int SIGNATURE = 8;
  private static final int HEADER = 13;
  /** A chunk's length, name and checksum. */
  private static final int AROUND = 12;

  private static final Set<String> USED = Set.of("IHDR", "PLTE", "tRNS", "IDAT", "IEND");

  private final byte[] data;
  private final Bytes bytes;
  private final ByteArrayOutputStream used;
  private int orientation = Orientation.UPRIGHT;

  private PngDecoder(byte[] data) {
    this.data = data;
    bytes = new Bytes(data, true);
    used = new ByteArrayOutputStream(data.length);
  }

  static Picture decode(byte[] data, DecodeLimits limits) throws IOException {
    PngDecoder decoder = new PngDecoder(data);
    decoder.check(limits);
    Picture stored = Rasters.toPicture(Readers.read(Readers.PNG, decoder.used.toByteArray(), Readers::readRaw));
    return Orientation.apply(stored, decoder.orientation);
  }

  /** Checks the size as soon as it is known, then the chunks up to the end, and takes those that are used. */
  private void check(DecodeLimits limits) throws IOException {
    used.write(data, 0, SIGNATURE);
    String name = checkChunk(SIGNATURE, "signature");
    if (!name.equals("IHDR") || bytes.u32(SIGNATURE) != HEADER) {
      throw new IOException("found a first chunk " + name + " of " + bytes.u32(SIGNATURE) + " bytes, expected IHDR of " + HEADER);
    }
    limits.check(bytes.u32(SIGNATURE + 8), bytes.u32(SIGNATURE + 12));
    long at = SIGNATURE + HEADER + AROUND;
    while (!name.equals("IEND")) {
      name = checkChunk(at, name);
      at += bytes.u32(at) + AROUND;
    }
  }

  /** Checks the chunk after {@code previous} and returns its name. */
  private String checkChunk(long at, String previous) throws IOException {
    bytes.require(at, AROUND, "chunk after " + previous);
    long length = bytes.u32(at);
    String name = bytes.name(at + 4);
    bytes.require(at, length + AROUND, name + " chunk");
    if (USED.contains(name)) {
      checkSum((int) at, (int) length, name);
      used.write(data, (int) at, (int) length + AROUND);
    } else if (name.equals("eXIf")) {
      orientation = Orientation.read(data, (int) at + 8, (int) length);
    }
    return name;
  }

  private void checkSum(int at, int length, String name) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(data, at + 4, length + 4);
    long stored = bytes.u32(at + 8L + length);
    if (crc.getValue() != stored) {
      throw new IOException(
          String.format("found damaged data: checksum %08X of a chunk %s, expected %08X", crc.getValue(), name, stored));
    }
  }
}
