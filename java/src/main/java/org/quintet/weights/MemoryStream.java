package org.quintet.weights;

import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a window of memory as a stream, for parsers that want one; skipping costs nothing. */
final class MemoryStream extends InputStream {
  private final ByteBuffer window;

  MemoryStream(ByteBuffer window) {
    this.window = window;
  }

  @Override
  public int read() {
    return window.hasRemaining() ? window.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    int count = Math.min(length, window.remaining());
    window.get(target, offset, count);
    return count == 0 ? -1 : count;
  }

  @Override
  public long skip(long count) {
    int skipped = (int) Math.max(0, Math.min(count, window.remaining()));
    window.position(window.position() + skipped);
    return skipped;
  }

  @Override
  public int available() {
    return window.remaining();
  }
}
