package org.quintet.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.quintet.ArgumentException;
import org.quintet.ClosedException;
import org.quintet.FormatException;
import org.quintet.internal.bindings.Core;
import org.quintet.internal.bindings.NativeMappedFile;

/**
 * A file mapped read-only into native memory. Thread-safe. Owns the mapping: {@link #close()} unmaps it, after which an address or
 * view taken from it must not be touched: read inside {@link #whileOpen}, which keeps {@code close()} waiting.
 *
 * <p>A file that another program shortens while it is mapped ends the process when the lost part is read, as with any mapping.
 */
public final class NativeFile implements AutoCloseable {
  private final Path path;
  private final NativeHandle<NativeMappedFile> handle;
  private final long size;
  private final long address;

  private NativeFile(Path path, NativeHandle<NativeMappedFile> handle) {
    this.path = path;
    this.handle = handle;
    this.size = handle.use(NativeMappedFile::size);
    this.address = handle.use(Core::data_address);
  }

  /**
   * Maps {@code path}.
   *
   * @throws FormatException with the system's reason if it cannot be opened
   */
  public static NativeFile open(Path path) {
    return new NativeFile(
        path, NativeHandle.owned("file " + path, () -> new NativeMappedFile(path.toString()), Core::destroy));
  }

  /** Bytes in the file when it was mapped. */
  public long size() {
    return size;
  }

  /** Where the file's first byte is; meaningless once closed. */
  public long address() {
    return address;
  }

  /** Tells the system that these pages are not needed soon, so that they leave resident memory; they stay readable. */
  public void release(long offset, long length) {
    check(offset, length);
    handle.use(
        file -> {
          file.release(offset, length);
          return file;
        });
  }

  /**
   * A read-only little-endian view of part of the file. Must not be read once the file is closed: that may end the process.
   *
   * @throws ClosedException if it is closed already
   */
  public ByteBuffer view(long offset, int length) {
    check(offset, length);
    if (length == 0) {
      return ByteBuffer.allocate(0).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
    return whileOpen(
        () -> new View(address + offset, length).asByteBuffer().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN));
  }

  /**
   * Runs {@code read} with the mapping kept in place: {@link #close()} waits for it.
   *
   * @throws ClosedException if it is closed already
   */
  public <R> R whileOpen(Supplier<R> read) {
    return handle.use(file -> read.get());
  }

  @Override
  public void close() {
    handle.close();
  }

  private void check(long offset, long length) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new ArgumentException(
          path + ": bytes " + offset + " to " + (offset + length) + " are not within the file's " + size);
    }
  }

  /** Memory by its address; owns nothing. */
  private static final class View extends BytePointer {
    View(long address, long length) {
      super((Pointer) null);
      this.address = address;
      this.capacity = length;
      this.limit = length;
    }
  }
}
