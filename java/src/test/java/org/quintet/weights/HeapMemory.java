package org.quintet.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;
import org.quintet.internal.Memory;

/** A file's content as an array, so that parsers can be tried without files and without native code. */
record HeapMemory(byte[] bytes) implements Memory {

  @Override
  public String name() {
    return "test.bin";
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public long address() {
    throw new UnsupportedOperationException("memory of the heap has no address");
  }

  @Override
  public ByteBuffer view(long offset, int length) {
    Memory.check(this, offset, length);
    return ByteBuffer.wrap(bytes).slice((int) offset, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public <R> R whileOpen(Supplier<R> read) {
    return read.get();
  }

  @Override
  public boolean isFile() {
    return false;
  }

  @Override
  public void release() {}

  @Override
  public void close() {}
}
