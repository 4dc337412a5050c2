package org.quintet.weights;

import org.quintet.FormatException;
import org.quintet.UnsupportedException;
import org.quintet.internal.Memory;

/** No other files, and memory on the heap: not more than a small file may ask for. */
final class HeapSurroundings implements Surroundings {
  private static final long MOST = 1 << 24;

  @Override
  public Memory open(String relativePath) {
    throw new FormatException(Text.quote(relativePath) + " does not exist");
  }

  @Override
  public Memory allocate(long bytes) {
    if (bytes > MOST) {
      throw new UnsupportedException(bytes + " bytes are too many");
    }
    return new HeapMemory(new byte[(int) bytes]);
  }
}
