package org.quintet;

/**
 * Takes the tensors of a {@link Weights} one by one, by address, on their way into the native tensor table.
 *
 * <p>Only {@code Weights.fill} calls it; the addresses stay valid until that call's caller lets go of the weights.
 */
interface TensorTableSink {

  /**
   * Offers one tensor.
   *
   * @param name unique among the tensors offered
   * @param type layout of one element
   * @param shape dimensions, outermost first, row-major; empty for a scalar. Not kept, not changed.
   * @param address of the first element; any alignment
   * @param bytes product of the shape and the element's size
   * @param inFile whether that memory is a mapped file's, whose pages may be given up after reading
   */
  void add(String name, DType type, long[] shape, long address, long bytes, boolean inFile);
}
