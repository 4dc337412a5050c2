package org.quintet.pictures;

import java.io.EOFException;
import java.io.IOException;

/** Reads numbers and names from a file's bytes; a read past the end is an {@link EOFException}. */
final class Bytes {
  private final byte[] data;
  private final boolean bigEndian;

  Bytes(byte[] data, boolean bigEndian) {
    this.data = data;
    this.bigEndian = bigEndian;
  }

  int length() {
    return data.length;
  }

  int u8(long at) throws EOFException {
    if (at < 0 || at >= data.length) {
      throw new EOFException();
    }
    return data[(int) at] & 0xff;
  }

  int u16(long at) throws EOFException {
    int first = u8(at);
    int second = u8(at + 1);
    return bigEndian ? first << 8 | second : second << 8 | first;
  }

  long u32(long at) throws EOFException {
    long first = u16(at);
    long second = u16(at + 2);
    return bigEndian ? first << 16 | second : second << 16 | first;
  }

  /** The four letters that name a chunk. */
  String name(long at) throws EOFException {
    StringBuilder name = new StringBuilder(4);
    for (int i = 0; i < 4; i++) {
      name.append((char) u8(at + i));
    }
    return name.toString();
  }

  boolean has(long at, String ascii) {
    if (at < 0 || at + ascii.length() > data.length) {
      return false;
    }
    for (int i = 0; i < ascii.length(); i++) {
      if ((data[(int) at + i] & 0xff) != ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Checks that {@code length} bytes of a part called {@code what} are there. */
  void require(long at, long length, String what) throws IOException {
    if (length > data.length - at) {
      throw new EOFException(
          "found the end of the data after " + Math.max(0, data.length - at) + " bytes of its " + what + ", expected " + length);
    }
  }
}
