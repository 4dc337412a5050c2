package org.quintet.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.quintet.FormatException;
import org.quintet.internal.bindings.Core;
import org.quintet.internal.bindings.NativeMappedFile;

/**
 * A file mapped read-only into native memory. Thread-safe. Owns the mapping: {@link #close()} unmaps it, after which an address or
 * view taken from it must not be touched: read inside {@link #whileOpen}, which keeps {@code close()} waiting.
 *
 * <p>A file that another program shortens while it is mapped ends the process when the lost part is read, as with any mapping.
 */
public final class NativeFile extends HandledMemory<NativeMappedFile> {
  private final NativeHandle<NativeMappedFile> handle;

  private NativeFile(Path path, NativeHandle<NativeMappedFile> handle) {
    super(path.toString(), handle, handle.use(NativeMappedFile::size), handle.use(Core::data_address));
    this.handle = handle;
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

  @Override
  public boolean isFile() {
    return true;
  }

  @Override
  public void release() {
    release(0, size());
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

  @Override
  public ByteBuffer view(long offset, int length) {
    return super.view(offset, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
