package org.quintet.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Memory that a native object owns; its handle keeps it in place. */
abstract class HandledMemory<P extends Pointer> implements Memory {
  private final String name;
  private final NativeHandle<P> handle;
  private final long size;
  private final long address;

  HandledMemory(String name, NativeHandle<P> handle, long size, long address) {
    this.name = name;
    this.handle = handle;
    this.size = size;
    this.address = address;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final long size() {
    return size;
  }

  @Override
  public final long address() {
    return address;
  }

  @Override
  public ByteBuffer view(long offset, int length) {
    Memory.check(this, offset, length);
    return whileOpen(() -> Bytes.at(address + offset, length));
  }

  @Override
  public final <R> R whileOpen(Supplier<R> read) {
    return handle.use(pointer -> read.get());
  }

  @Override
  public final void close() {
    handle.close();
  }

  /** Bytes by their address; owns nothing. */
  private static final class Bytes extends BytePointer {
    private Bytes(long address, long length) {
      super((Pointer) null);
      this.address = address;
      this.capacity = length;
      this.limit = length;
    }

    static ByteBuffer at(long address, int length) {
      ByteBuffer buffer = length == 0 ? ByteBuffer.allocate(0) : new Bytes(address, length).asByteBuffer();
      return buffer.order(ByteOrder.LITTLE_ENDIAN);
    }
  }
}
