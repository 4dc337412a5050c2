package org.quintet.weights;

import org.quintet.DType;
import org.quintet.internal.Memory;

/**
 * Where a tensor lies: row-major, little-endian, without gaps, at {@code offset} of {@code memory}. {@link TensorIndex} has checked
 * that all of it is inside.
 *
 * @param name unique in its file
 * @param type layout of one element
 * @param shape dimensions, outermost first; never changed
 * @param memory the block that holds it
 * @param offset of the first byte in the block
 * @param bytes of all elements together
 */
public record StoredTensor(String name, DType type, long[] shape, Memory memory, long offset, long bytes) {

  /** Address of the first element; valid while the memory is open. */
  public long address() {
    return memory.address() + offset;
  }

  /** Number of elements. */
  public long elements() {
    return bytes / type.bytes();
  }

  /** The same place under another name. */
  public StoredTensor renamed(String newName) {
    return new StoredTensor(newName, type, shape, memory, offset, bytes);
  }
}
