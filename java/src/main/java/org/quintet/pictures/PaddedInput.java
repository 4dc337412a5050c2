package org.quintet.pictures;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A WebP file with a few zeros after its end. Its reader fetches eight bytes ahead of the bits that it uses, and takes an exception
 * for each fetch beyond the end, millions of them for a large plain picture; with zeros to fetch it takes none. But whoever comes to
 * the end of the zeros is decoding bits that are not there, and would fill the picture with them: that is an error.
 */
final class PaddedInput extends ImageInputStreamImpl {
  private static final int PADDING = 16;

  private final byte[] data;

  PaddedInput(byte[] data) {
    this.data = data;
  }

  @Override
  public int read() throws IOException {
    bitOffset = 0;
    return streamPos < data.length ? data[(int) streamPos++] & 0xff : padding();
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    bitOffset = 0;
    // As much as was asked for, or ImageIO's readInt and the like would see the end.
    for (int i = 0; i < length; i++) {
      target[offset + i] = (byte) read();
    }
    return length;
  }

  @Override
  public long length() {
    return data.length;
  }

  private int padding() throws IOException {
    if (streamPos >= (long) data.length + PADDING) {
      // Not an EOFException, which the reader would pass over.
      throw new IOException("found the end of the data too early, expected a complete picture");
    }
    streamPos++;
    return 0;
  }
}
