package org.quintet.internal;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.quintet.ArgumentException;

/**
 * A block of bytes outside the Java heap: a mapped file, or memory allocated for somebody. Thread-safe.
 *
 * <p>Addresses and views are good until {@link #close()}, which waits for those inside {@link #whileOpen}: read there.
 */
public interface Memory extends AutoCloseable {

  /** What messages call this block: the path of the file. */
  String name();

  /** Length in bytes. */
  long size();

  /** Address of the first byte, for native code; any alignment. */
  long address();

  /**
   * A little-endian view of {@code length} bytes from {@code offset}; read-only where the memory is. Must not be read once the memory is
   * closed: that may end the process.
   *
   * @throws org.quintet.ArgumentException if it leaves the block
   * @throws org.quintet.ClosedException if the memory is closed already
   */
  ByteBuffer view(long offset, int length);

  /**
   * Runs {@code read} with the memory kept in place: {@link #close()} waits for it.
   *
   * @throws org.quintet.ClosedException if it is closed already
   */
  <R> R whileOpen(Supplier<R> read);

  /** Whether this is a mapped file, so that pages given up come back when they are read. */
  boolean isFile();

  /** Lets the pages of a mapped file leave resident memory; they stay readable. Other memory stays as it is. */
  void release();

  /** Gives the memory back. Calling it again does nothing. */
  @Override
  void close();

  /** @throws org.quintet.ArgumentException unless the bytes are inside {@code memory} */
  static void check(Memory memory, long offset, long length) {
    if (offset < 0 || length < 0 || offset > memory.size() - length) {
      throw new ArgumentException(
          "%s: %,d bytes from %,d are not within its %,d".formatted(memory.name(), length, offset, memory.size()));
    }
  }
}
