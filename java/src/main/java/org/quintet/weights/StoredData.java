package org.quintet.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Elements in memory, in the order that they have there; see {@link PermutedData} for others. */
public record StoredData(StoredTensor tensor) implements TensorData {
  @Override
  public void read(long start, float[] target, int offset, int count) {
    tensor.memory().whileOpen(() -> {
      Elements.read(tensor.memory(), at(start), tensor.type(), ByteOrder.LITTLE_ENDIAN, target, offset, count);
      return target;
    });
  }

  @Override
  public void copy(long start, ByteBuffer target) {
    tensor.memory().whileOpen(() -> target.put(tensor.memory().view(at(start), target.remaining())));
  }

  @Override
  public TensorData permuted(long[] shape, int[] axes) {
    long[] strides = Shapes.permuted(Shapes.rowMajorStrides(shape), axes);
    return new PermutedData(tensor, Shapes.permuted(shape, axes), strides);
  }

  private long at(long element) {
    return tensor.offset() + element * tensor.type().bytes();
  }
}
