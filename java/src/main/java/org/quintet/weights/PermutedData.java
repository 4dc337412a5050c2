package org.quintet.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.quintet.UnsupportedException;

/** Elements in memory, read in the order of permuted axes: {@code shape} and {@code strides} (in elements) are those of the answer. */
public record PermutedData(StoredTensor tensor, long[] shape, long[] strides) implements TensorData {

  /** @throws UnsupportedException if the tensor has 2 GiB or more: one window must reach all of it */
  public PermutedData {
    if (tensor.bytes() > Integer.MAX_VALUE) {
      throw new UnsupportedException("tensor %s: %,d bytes are too many to be transposed".formatted(Text.quote(tensor.name()), tensor.bytes()));
    }
  }

  @Override
  public void read(long start, float[] target, int offset, int count) {
    int width = tensor.type().bytes();
    ByteBuffer part = ByteBuffer.allocate(Math.min(count, Elements.CHUNK) * width).order(ByteOrder.LITTLE_ENDIAN);
    int length;
    for (int done = 0; done < count; done += length) {
      length = Math.min(Elements.CHUNK, count - done);
      copy(start + done, part.clear().limit(length * width));
      Elements.decode(tensor.type(), part.flip(), target, offset + done, length);
    }
  }

  @Override
  public void copy(long start, ByteBuffer target) {
    tensor.memory().whileOpen(() -> {
      gather(tensor.memory().view(tensor.offset(), (int) tensor.bytes()), start, target);
      return target;
    });
  }

  @Override
  public TensorData permuted(long[] sameShape, int[] axes) {
    return new PermutedData(tensor, Shapes.permuted(shape, axes), Shapes.permuted(strides, axes));
  }

  private void gather(ByteBuffer source, long start, ByteBuffer target) {
    long[] place = new long[shape.length];
    long index = 0;
    long rest = start;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      place[axis] = rest % shape[axis];
      rest /= shape[axis];
      index += place[axis] * strides[axis];
    }
    while (target.hasRemaining()) {
      put(source, (int) index * tensor.type().bytes(), target);
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        index += strides[axis];
        if (++place[axis] < shape[axis]) {
          break;
        }
        index -= shape[axis] * strides[axis];
        place[axis] = 0;
      }
    }
  }

  private void put(ByteBuffer source, int at, ByteBuffer target) {
    switch (tensor.type().bytes()) {
      case Long.BYTES -> target.putLong(source.getLong(at));
      case Integer.BYTES -> target.putInt(source.getInt(at));
      case Short.BYTES -> target.putShort(source.getShort(at));
      default -> target.put(source.get(at));
    }
  }
}
