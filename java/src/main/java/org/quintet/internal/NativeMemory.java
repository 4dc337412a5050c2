package org.quintet.internal;

import org.quintet.internal.bindings.Core;
import org.quintet.internal.bindings.NativeMemoryBlock;

/** Writable native memory on a 64-byte boundary, given back at once by {@link #close()}. Thread-safe. */
public final class NativeMemory extends HandledMemory<NativeMemoryBlock> {

  private NativeMemory(String name, NativeHandle<NativeMemoryBlock> handle) {
    super(name, handle, handle.use(NativeMemoryBlock::size), handle.use(Core::data_address));
  }

  /**
   * Allocates {@code bytes} bytes.
   *
   * @param name what messages call them
   * @throws org.quintet.NativeMemoryException if the system has not got them
   */
  public static NativeMemory allocate(String name, long bytes) {
    return new NativeMemory(name, NativeHandle.owned(name, () -> new NativeMemoryBlock(bytes, name), Core::destroy));
  }

  /** The same for memory that nobody has to close: the garbage collector gives it back, in its own time. */
  public static NativeMemory collected(String name, long bytes) {
    return new NativeMemory(name, NativeHandle.collected(name, () -> new NativeMemoryBlock(bytes, name), Core::destroy));
  }

  @Override
  public boolean isFile() {
    return false;
  }

  @Override
  public void release() {}
}
