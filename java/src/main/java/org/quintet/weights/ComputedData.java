package org.quintet.weights;

import java.nio.ByteBuffer;
import org.quintet.DType;
import org.quintet.Tensor;
import org.quintet.UnsupportedException;

/** Elements, of type F32, that a function gives when they are read. */
public record ComputedData(Tensor.Values values) implements TensorData {
  static final String NOT_STORED = "only a tensor of a Weights can be transposed; put this one into one with Weights.of";

  @Override
  public void read(long start, float[] target, int offset, int count) {
    float[] part = offset == 0 && count == target.length ? target : new float[count];
    values.fill(start, part);
    if (part != target) {
      System.arraycopy(part, 0, target, offset, count);
    }
  }

  @Override
  public void copy(long start, ByteBuffer target) {
    float[] part = new float[target.remaining() / Float.BYTES];
    values.fill(start, part);
    Elements.encode(DType.F32, part, part.length, target);
  }

  @Override
  public TensorData permuted(long[] shape, int[] axes) {
    throw new UnsupportedException(NOT_STORED);
  }
}
