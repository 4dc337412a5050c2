package org.quintet.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.quintet.ArgumentException;
import org.quintet.DType;
import org.quintet.internal.Memory;

/** Turns stored elements into floats and floats into stored elements. Buffers have the file's byte order set; their positions move. */
final class Elements {
  /** Elements that pass through a window or a piece of the heap at a time. */
  static final int CHUNK = 1 << 16;

  private Elements() {}

  /** Reads {@code count} elements that lie at {@code offset} of {@code memory} into {@code target} from {@code start}. */
  static void read(Memory memory, long offset, DType type, ByteOrder order, float[] target, int start, int count) {
    int part;
    for (int done = 0; done < count; done += part) {
      part = Math.min(CHUNK, count - done);
      ByteBuffer window = memory.view(offset + (long) done * type.bytes(), part * type.bytes());
      decode(type, window.order(order), target, start + done, part);
    }
  }

  /** Reads {@code count} elements of {@code type} from {@code source} into {@code target}, each as the nearest float. */
  static void decode(DType type, ByteBuffer source, float[] target, int offset, int count) {
    int end = offset + count;
    switch (type) {
      case F32 -> {
        source.asFloatBuffer().get(target, offset, count);
        source.position(source.position() + Float.BYTES * count);
      }
      case F16 -> {
        for (int i = offset; i < end; i++) {
          target[i] = halfToFloat(source.getShort());
        }
      }
      case BF16 -> {
        for (int i = offset; i < end; i++) {
          target[i] = Float.intBitsToFloat(source.getShort() << 16);
        }
      }
      case F64 -> {
        for (int i = offset; i < end; i++) {
          target[i] = (float) source.getDouble();
        }
      }
      case I64 -> {
        for (int i = offset; i < end; i++) {
          target[i] = source.getLong();
        }
      }
      case I32 -> {
        for (int i = offset; i < end; i++) {
          target[i] = source.getInt();
        }
      }
      case U8 -> {
        for (int i = offset; i < end; i++) {
          target[i] = source.get() & 0xff;
        }
      }
      case I8 -> {
        for (int i = offset; i < end; i++) {
          target[i] = source.get();
        }
      }
    }
  }

  /**
   * Writes the first {@code count} values as {@code type}, one of F32, F16 and BF16: to the nearest, ties to even; what is too large
   * becomes infinite.
   */
  static void encode(DType type, float[] values, int count, ByteBuffer target) {
    switch (type) {
      case F32 -> {
        target.asFloatBuffer().put(values, 0, count);
        target.position(target.position() + Float.BYTES * count);
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          target.putShort(floatToHalf(values[i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          target.putShort(floatToBrain(values[i]));
        }
      }
      default -> throw new ArgumentException("weights are written as F32, F16 or BF16, not as " + type);
    }
  }

  static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {   // zero or subnormal: fraction * 2^-24, exact in a float
      return Float.intBitsToFloat(sign | Float.floatToRawIntBits(fraction * 0x1p-24f));
    }
    int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }

  static short floatToHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {   // NaN: keep what fits of its payload, and a bit that keeps it a NaN
      return (short) (sign | 0x7e00 | (magnitude >>> 13) & 0x3ff);
    }
    if (magnitude >= 0x47800000) {   // 2^16 and more
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x38800000) {   // below 2^-14: a subnormal half; adding 0.5 lets the float's own rounding do it
      float shifted = Float.intBitsToFloat(magnitude) + 0.5f;
      return (short) (sign | Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(0.5f));
    }
    int rebiased = magnitude - ((127 - 15) << 23);
    return (short) (sign | roundShift(rebiased, 13));   // a carry out of the fraction is the next exponent, up to infinity
  }

  static short floatToBrain(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) roundShift(bits, 16);
  }

  /** {@code bits >>> shift}, to the nearest, ties to even. */
  private static int roundShift(int bits, int shift) {
    return (bits + (1 << (shift - 1)) - 1 + (bits >>> shift & 1)) >>> shift;
  }
}
