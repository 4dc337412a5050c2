package org.quintet.weights;

import java.nio.ByteBuffer;
import org.quintet.UnsupportedException;

/** Elements, of type I8, in an array that nobody changes. */
public record ByteData(byte[] values) implements TensorData {

  @Override
  public void read(long start, float[] target, int offset, int count) {
    for (int i = 0; i < count; i++) {
      target[offset + i] = values[(int) start + i];
    }
  }

  @Override
  public void copy(long start, ByteBuffer target) {
    target.put(values, (int) start, target.remaining());
  }

  @Override
  public TensorData permuted(long[] shape, int[] axes) {
    throw new UnsupportedException(ComputedData.NOT_STORED);
  }
}
