package org.quintet;

/**
 * How a stored number is laid out; little-endian in every file that Quintet reads.
 *
 * <p>The order is that of the native {@code quintet::DataType}: a constant's {@link #ordinal()} is its native value.
 */
public enum DType {
  /** IEEE 754 single precision. */
  F32(4),
  /** IEEE 754 half precision: 5 bits of exponent, 10 of fraction. */
  F16(2),
  /** The upper half of an {@link #F32}: 8 bits of exponent, 7 of fraction. */
  BF16(2),
  /** IEEE 754 double precision. */
  F64(8),
  /** Signed, 64 bits. */
  I64(8),
  /** Signed, 32 bits. */
  I32(4),
  /** Unsigned, 8 bits. */
  U8(1),
  /** Signed, 8 bits. */
  I8(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes that one element takes. */
  public int bytes() {
    return bytes;
  }
}
