package org.quintet.internal;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.quintet.NativeMemoryException;

/** Writable memory from the C library, on a 64-byte boundary, freed at once by {@link #close()}. Thread-safe. */
public final class NativeMemory implements Memory {
  private static final int ALIGNMENT = 64;

  private final String name;
  private final NativeHandle<Pointer> handle;
  private final long size;
  private final long address;

  private NativeMemory(String name, NativeHandle<Pointer> handle, long size) {
    this.name = name;
    this.handle = handle;
    this.size = size;
    this.address = (handle.use(Pointer::address) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * Allocates {@code bytes} bytes of undefined content.
   *
   * @param name what messages call them
   * @throws NativeMemoryException if the system has not got them
   */
  public static NativeMemory allocate(String name, long bytes) {
    return new NativeMemory(name, NativeHandle.owned(name, () -> malloc(name, bytes), Pointer::free), bytes);
  }

  private static Pointer malloc(String name, long bytes) {
    Pointer pointer = bytes > Long.MAX_VALUE - ALIGNMENT ? null : Pointer.malloc(bytes + ALIGNMENT);
    if (pointer == null || pointer.isNull()) {
      throw new NativeMemoryException("%s: %,d bytes of memory could not be had".formatted(name, bytes));
    }
    return pointer;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long address() {
    return address;
  }

  @Override
  public ByteBuffer view(long offset, int length) {
    Memory.check(this, offset, length);
    return whileOpen(() -> AddressedBytes.buffer(address + offset, length));
  }

  @Override
  public <R> R whileOpen(Supplier<R> read) {
    return handle.use(pointer -> read.get());
  }

  @Override
  public void release() {}

  @Override
  public void close() {
    handle.close();
  }
}
