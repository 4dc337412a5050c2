package org.quintet.weights;

import java.nio.ByteBuffer;

/** The elements of a tensor, in row-major order, wherever they come from. Implementations are safe for many threads. */
public interface TensorData {

  /** Reads elements {@code start} to {@code start + count - 1} as floats into {@code target} from {@code offset}. */
  void read(long start, float[] target, int offset, int count);

  /** Writes elements from {@code start}, in their stored type, until {@code target} is full; its size is a multiple of the element's, its order little-endian. */
  void copy(long start, ByteBuffer target);

  /**
   * The same elements in the order of other axes.
   *
   * @param shape this data's dimensions
   * @param axes for every axis of the answer, which of these it is
   * @throws org.quintet.UnsupportedException if this data cannot be read in another order
   */
  TensorData permuted(long[] shape, int[] axes);
}
