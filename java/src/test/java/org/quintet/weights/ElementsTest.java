package org.quintet.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quintet.DType;

class ElementsTest {

  /** IEEE 754's own definition of a half. */
  private static double half(int bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    double magnitude = exponent == 0 ? Math.scalb(fraction, -24)
        : exponent == 31 ? (fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
        : Math.scalb(1024 + fraction, exponent - 25);
    return (bits & 0x8000) == 0 ? magnitude : -magnitude;
  }

  @Test
  void everyHalfIsReadAsWhatItIs() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      assertEquals((float) half(bits), Elements.halfToFloat((short) bits), Integer.toHexString(bits));
    }
  }

  @Test
  void everyHalfIsWrittenAsItself() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      if (!Double.isNaN(half(bits))) {
        assertEquals((short) bits, Elements.floatToHalf((float) half(bits)), Integer.toHexString(bits));
      }
    }
    assertTrue(Float.isNaN(Elements.halfToFloat(Elements.floatToHalf(Float.NaN))));
    assertTrue(Float.isNaN(Elements.halfToFloat(Elements.floatToHalf(Float.intBitsToFloat(0x7f800001)))));
  }

  @Test
  void betweenTwoHalvesTheNearestIsWrittenAndTiesGoToTheEvenOne() {
    for (int bits = 0; bits < 0x7bff; bits++) {
      float low = (float) half(bits);
      float high = (float) half(bits + 1);
      float middle = (low + high) / 2;   // exact: it needs one bit more than a half has
      assertEquals(bits % 2 == 0 ? bits : bits + 1, Elements.floatToHalf(middle), "tie above " + low);
      assertEquals(bits, Elements.floatToHalf(Math.nextDown(middle)), "below the tie above " + low);
      assertEquals(bits + 1, Elements.floatToHalf(Math.nextUp(middle)), "above the tie above " + low);
    }
  }

  @ParameterizedTest
  @CsvSource({"65519.996, 7bff", "65520, 7c00", "1e30, 7c00", "-65520, fc00", "2.9802322E-8, 0", "2.9802326E-8, 1", "-0.0, 8000"})
  void theEndsOfTheHalvesRange(float value, String bits) {
    assertEquals(bits, Integer.toHexString(Elements.floatToHalf(value) & 0xffff));
  }

  @ParameterizedTest
  @CsvSource({
    "3f800000, 3f80", "3f808000, 3f80", "3f818000, 3f82", "3f808001, 3f81", "3f807fff, 3f80", "7f7fffff, 7f80", "ff7fffff, ff80",
    "00000001, 0", "80000000, 8000", "7f800001, 7fc0", "7f800000, 7f80"
  })
  void aFloatIsWrittenAsTheNearestBrainFloat(String floatBits, String brainBits) {
    float value = Float.intBitsToFloat(Integer.parseUnsignedInt(floatBits, 16));
    assertEquals(brainBits, Integer.toHexString(Elements.floatToBrain(value) & 0xffff));
  }

  @Test
  void everyTypeIsReadAsTheNearestFloat() {
    assertArrayEquals(new float[] {1.5f, Float.NaN}, decode(DType.F32, buffer(8).putFloat(1.5f).putFloat(Float.NaN)));
    assertArrayEquals(new float[] {1f / 3, Float.POSITIVE_INFINITY}, decode(DType.F64, buffer(16).putDouble(1.0 / 3).putDouble(1e300)));
    assertArrayEquals(new float[] {-9.223372E18f, 3}, decode(DType.I64, buffer(16).putLong(Long.MIN_VALUE).putLong(3)));
    assertArrayEquals(new float[] {16777216, -1}, decode(DType.I32, buffer(8).putInt(16777217).putInt(-1)));
    assertArrayEquals(new float[] {255, 1}, decode(DType.U8, buffer(2).put((byte) -1).put((byte) 1)));
    assertArrayEquals(new float[] {-1, 1}, decode(DType.I8, buffer(2).put((byte) -1).put((byte) 1)));
    assertArrayEquals(new float[] {1, -2}, decode(DType.F16, buffer(4).putShort((short) 0x3c00).putShort((short) 0xc000)));
    assertArrayEquals(new float[] {1, -2}, decode(DType.BF16, buffer(4).putShort((short) 0x3f80).putShort((short) 0xc000)));
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static float[] decode(DType type, ByteBuffer stored) {
    float[] values = new float[2];
    Elements.decode(type, stored.flip(), values, 0, 2);
    assertEquals(0, stored.remaining());
    return values;
  }
}
