package org.quintet.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Memory by its address; owns nothing. */
final class AddressedBytes extends BytePointer {
  private AddressedBytes(long address, long length) {
    super((Pointer) null);
    this.address = address;
    this.capacity = length;
    this.limit = length;
  }

  /** The {@code length} bytes from {@code address} on as a little-endian buffer. */
  static ByteBuffer buffer(long address, int length) {
    ByteBuffer buffer = length == 0 ? ByteBuffer.allocate(0) : new AddressedBytes(address, length).asByteBuffer();
    return buffer.order(ByteOrder.LITTLE_ENDIAN);
  }
}
