package org.quintet.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.Supplier;
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
public final class NativeFile implements Memory {
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

  /** The path. */
  @Override
  public String name() {
    return path.toString();
  }

  /** Bytes in the file when it was mapped. */
  @Override
  public long size() {
    return size;
  }

  /** Where the file's first byte is; meaningless once closed. */
  @Override
  public long address() {
    return address;
  }

  @Override
  public void release() {
    release(0, size);
  }

  /** Tells the system that these pages are not needed soon, so that they leave resident memory; they stay readable. */
  public void release(long offset, long length) {
    Memory.check(this, offset, length);
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
  @Override
  public ByteBuffer view(long offset, int length) {
    Memory.check(this, offset, length);
    return whileOpen(() -> AddressedBytes.buffer(address + offset, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN));
  }

  /**
   * Runs {@code read} with the mapping kept in place: {@link #close()} waits for it.
   *
   * @throws ClosedException if it is closed already
   */
  @Override
  public <R> R whileOpen(Supplier<R> read) {
    return handle.use(file -> read.get());
  }

  @Override
  public void close() {
    handle.close();
  }
}
