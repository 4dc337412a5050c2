package org.quintet;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.quintet.weights.ByteData;
import org.quintet.weights.ComputedData;
import org.quintet.weights.Packer;
import org.quintet.weights.Shapes;
import org.quintet.weights.StoredData;
import org.quintet.weights.StoredTensor;
import org.quintet.weights.TensorData;
import org.quintet.weights.Text;

/**
 * A named array of numbers: a view of a {@link Weights}, or values of the program's own.
 *
 * <p>A view costs nothing until it is read, and lives as long as its weights: afterwards reading throws {@link ClosedException}, never
 * worse. Immutable and thread-safe. Elements are in row-major order everywhere; convolution weights are [output channels, input
 * channels / groups, kernel height, kernel width], dense ones [outputs, inputs].
 */
public final class Tensor {
  private final String name;
  private final DType dtype;
  private final long[] shape;
  private final TensorData data;

  private Tensor(String name, DType dtype, long[] shape, TensorData data) {
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }

  /** The tensor in {@code data}'s place. */
  static Tensor view(StoredData data) {
    StoredTensor tensor = data.tensor();
    return new Tensor(tensor.name(), tensor.type(), tensor.shape(), data);
  }

  /** Gives values when they are read. Called by many threads at a time. */
  @FunctionalInterface
  public interface Values {

    /** Sets all of {@code target} to the elements from number {@code start} on, in row-major order; always the same ones. */
    void fill(long start, float[] target);
  }

  /**
   * A tensor of the program's own values, which are copied. Its name is empty until {@link Weights#of} gives it one.
   *
   * @param shape dimensions, outermost first; none for a single number
   * @throws ArgumentException if the shape's product is not the number of values
   */
  public static Tensor of(float[] values, long... shape) {
    checkCount(values.length, shape);
    float[] copy = values.clone();
    return computed((start, target) -> System.arraycopy(copy, (int) start, target, 0, target.length), shape);
  }

  /**
   * A tensor of type {@link DType#I8}, such as a quantised weight. The values are not copied and must not change.
   *
   * @param shape dimensions, outermost first
   * @throws ArgumentException if the shape's product is not the number of values
   */
  public static Tensor of(byte[] values, long... shape) {
    checkCount(values.length, shape);
    return new Tensor("", DType.I8, shape.clone(), new ByteData(values));
  }

  private static void checkCount(int values, long... shape) {
    if (Shapes.elements(shape) != values) {
      throw new ArgumentException("shape %s is not that of %,d values".formatted(Shapes.text(shape), values));
    }
  }

  /**
   * A tensor whose values are worked out when they are read, so that large ones need no memory on the heap.
   *
   * @throws ArgumentException if the shape is impossible
   */
  public static Tensor computed(Values values, long... shape) {
    if (Shapes.bytes(DType.F32, shape) < 0) {
      throw new ArgumentException("shape %s is impossible".formatted(Shapes.text(shape)));
    }
    return new Tensor("", DType.F32, shape.clone(), new ComputedData(values));
  }

  /** The name in its {@link Weights}; empty for one that is in none. */
  public String name() {
    return name;
  }

  /** How an element is stored. Reading gives floats, whatever it is. */
  public DType dtype() {
    return dtype;
  }

  /** Dimensions, outermost first; empty for a single number. A copy. */
  public long[] shape() {
    return shape.clone();
  }

  /** Product of the shape. */
  public long elementCount() {
    return Shapes.elements(shape);
  }

  /** Size as stored, in bytes. */
  public long bytes() {
    return Shapes.bytes(dtype, shape);
  }

  /**
   * All elements, each as the nearest float.
   *
   * @throws ArgumentException if there are more than an array holds; {@link #copyTo(long, FloatBuffer)} reads parts
   * @throws ClosedException if the weights are closed
   */
  public float[] toFloats() {
    long count = elementCount();
    if (count > Integer.MAX_VALUE - 8) {
      throw new ArgumentException("%s: %,d elements do not fit into an array; read them in parts".formatted(this, count));
    }
    float[] values = new float[(int) count];
    data.read(0, values, 0, values.length);
    return values;
  }

  /**
   * Puts all elements into {@code target}, at its position, which moves behind them.
   *
   * @throws ArgumentException if it has not that much room
   * @throws ClosedException if the weights are closed
   */
  public void copyTo(FloatBuffer target) {
    if (target.remaining() < elementCount()) {
      throw new ArgumentException("%s: %,d elements do not fit into %,d".formatted(this, elementCount(), target.remaining()));
    }
    put(0, target, (int) elementCount());
  }

  /**
   * Fills all that remains of {@code target} with the elements from number {@code start} on.
   *
   * @throws ArgumentException if there are not as many
   * @throws ClosedException if the weights are closed
   */
  public void copyTo(long start, FloatBuffer target) {
    if (start < 0 || start > elementCount() || target.remaining() > elementCount() - start) {
      throw new ArgumentException("%s: there are no %,d elements from %,d on".formatted(this, target.remaining(), start));
    }
    put(start, target, target.remaining());
  }

  private void put(long start, FloatBuffer target, int count) {
    if (target.isReadOnly()) {
      throw new ArgumentException("%s: the buffer is read-only".formatted(this));
    }
    float[] part = new float[Math.min(count, 1 << 16)];
    int length;
    for (int done = 0; done < count; done += length) {
      length = Math.min(part.length, count - done);
      data.read(start + done, part, 0, length);
      target.put(part, 0, length);
    }
  }

  /**
   * This tensor with its axes in another order, as a view that lives as long as this one does: {@code transposed(1, 0)} of a matrix is
   * its transpose, {@code transposed(3, 2, 0, 1)} makes a Keras convolution's [height, width, input, output] Quintet's order.
   *
   * @param axes for every axis of the answer, which of this tensor's it is
   * @throws ArgumentException if {@code axes} is no order of all axes
   * @throws UnsupportedException if the tensor has 2 GiB or more, or belongs to no weights
   */
  public Tensor transposed(int... axes) {
    boolean[] seen = new boolean[shape.length];
    for (int axis : axes) {
      if (axis < 0 || axis >= shape.length || seen[axis]) {
        throw new ArgumentException("%s: %s is no order of its %d axes".formatted(this, Arrays.toString(axes), shape.length));
      }
      seen[axis] = true;
    }
    if (axes.length != shape.length) {
      throw new ArgumentException("%s: %s is no order of its %d axes".formatted(this, Arrays.toString(axes), shape.length));
    }
    return new Tensor(name, dtype, Shapes.permuted(shape, axes), data.permuted(shape, axes.clone()));
  }

  /** How weights are to take this tensor under the name {@code newName}. */
  Packer.Item packed(String newName) {
    return new Packer.Item(newName, dtype, shape, data);
  }

  /** For a person: {@code 'conv1.weight' F32[64,3,7,7]}. */
  @Override
  public String toString() {
    return (name.isEmpty() ? "tensor" : Text.quote(name)) + " " + dtype + Shapes.text(shape);
  }
}
