package org.quintet.weights;

import java.util.Arrays;
import org.quintet.DType;

/** Arithmetic on shapes that somebody claims: no product here ever overflows unnoticed. */
public final class Shapes {
  private Shapes() {}

  /** Number of elements, or -1 if a dimension is negative or the product leaves 63 bits. A scalar has one. */
  public static long elements(long[] shape) {
    // An empty tensor is empty whatever its other dimensions: they must not overflow first.
    boolean empty = false;
    for (long dimension : shape) {
      if (dimension < 0) {
        return -1;
      }
      empty |= dimension == 0;
    }
    if (empty) {
      return 0;
    }
    long product = 1;
    for (long dimension : shape) {
      if (product > Long.MAX_VALUE / dimension) {
        return -1;
      }
      product *= dimension;
    }
    return product;
  }

  /** Bytes that a tensor takes, or -1 where {@link #elements} or the product with the element's size is no number. */
  public static long bytes(DType type, long[] shape) {
    long elements = elements(shape);
    return elements > Long.MAX_VALUE / type.bytes() ? -1 : elements * (elements < 0 ? 1 : type.bytes());
  }

  /** {@code values} of the axes in the order that {@code axes} names them. */
  public static long[] permuted(long[] values, int[] axes) {
    return Arrays.stream(axes).mapToLong(axis -> values[axis]).toArray();
  }

  /** How many elements apart neighbours along each axis lie in row-major order. */
  static long[] rowMajorStrides(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= shape[axis];
    }
    return strides;
  }

  /** As messages show it: {@code [64,3,7,7]}. */
  public static String text(long[] shape) {
    return Arrays.toString(shape).replace(" ", "");
  }
}
