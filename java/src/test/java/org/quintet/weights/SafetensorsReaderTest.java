package org.quintet.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.quintet.weights.SafetensorsBytes.entry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.quintet.DType;
import org.quintet.FormatException;
import org.quintet.UnsupportedException;

class SafetensorsReaderTest {

  private static List<StoredTensor> read(byte[] file) {
    return new ArrayList<>(WeightFile.read(new HeapMemory(file), new HeapSurroundings()));
  }

  @Test
  void findsEveryTensorWhereTheHeaderSays() {
    String header = "{" + entry("b", "F32", "[2,1]", "[8,16]") + "," + entry("a", "I64", "[]", "[0,8]") + "}   ";
    List<StoredTensor> tensors = read(SafetensorsBytes.of(header, 16));
    assertEquals(List.of("b", "a"), tensors.stream().map(StoredTensor::name).toList());
    assertEquals(DType.F32, tensors.get(0).type());
    assertArrayEquals(new long[] {2, 1}, tensors.get(0).shape());
    assertEquals(8 + header.length() + 8, tensors.get(0).offset());
    assertArrayEquals(new long[0], tensors.get(1).shape());
    assertEquals(1, tensors.get(1).elements());
  }

  @Test
  void readsEveryType() {
    for (DType type : DType.values()) {
      byte[] file = SafetensorsBytes.of("{" + entry("t", type.name(), "[3]", "[0,%d]".formatted(3 * type.bytes())) + "}", 3 * type.bytes());
      assertEquals(type, read(file).get(0).type());
    }
  }

  @Test
  void metadataAndKeysOfLaterVersionsPass() {
    String header = "{\"__metadata__\":{\"format\":\"pt\"},\"t\":{\"new\":{\"x\":[1]},\"dtype\":\"U8\",\"shape\":[0,5],\"data_offsets\":[0,0]}}";
    assertEquals(0, read(SafetensorsBytes.of(header, 0)).get(0).bytes());
  }

  @Test
  void aFileWithoutTensorsIsEmpty() {
    assertEquals(List.of(), read(SafetensorsBytes.of("{}", 0)));
  }

  @Test
  void namesMayBeAnyText() {
    assertEquals("gew\u00e4hlt \ud83d\ude00 \"", read(SafetensorsBytes.of(
        "{" + entry("gew\u00e4hlt \\ud83d\\ude00 \\\"", "U8", "[1]", "[0,1]") + "}", 1)).get(0).name());
  }

  static Stream<Arguments> liars() {
    String one = entry("t", "F32", "[1]", "[0,4]");
    return Stream.of(
        arguments("a header longer than the file", SafetensorsBytes.of(1000, "{" + one + "}", 4), "claims 1000 bytes"),
        arguments("a header longer than any file", SafetensorsBytes.of(Long.MAX_VALUE, "{" + one + "}", 4), "claims 9223372036854775807"),
        arguments("a header of negative length", SafetensorsBytes.of(-1, "{" + one + "}", 4), "claims 18446744073709551615"),
        arguments("a header beyond the limit", SafetensorsBytes.of(100_000_001, "{" + one + "}", 4), "claims 100000001"),
        arguments("a header cut short", SafetensorsBytes.of(5, "{" + one + "}", 4), "JSON"),
        arguments("a header of length 0", SafetensorsBytes.of(0, "{}", 0), "expected"),
        arguments("no object", SafetensorsBytes.of("{]", 0), "JSON"),
        arguments("a list in place of a tensor", SafetensorsBytes.of("{\"t\":[1]}", 0), "object"),
        arguments("something after the header's end", SafetensorsBytes.of("{} {}", 0), "after its end"),
        arguments("a tensor twice", SafetensorsBytes.of("{" + one + "," + one + "}", 4), "Duplicate field"),
        arguments("a key twice", SafetensorsBytes.of("{\"t\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 4), "Duplicate field"),
        arguments("no type", SafetensorsBytes.of("{\"t\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4), "needed"),
        arguments("one offset", SafetensorsBytes.of("{" + entry("t", "F32", "[1]", "[0]") + "}", 4), "needed"),
        arguments("three offsets", SafetensorsBytes.of("{" + entry("t", "F32", "[1]", "[0,4,8]") + "}", 4), "longer than 2"),
        arguments("an unknown type", SafetensorsBytes.of("{" + entry("t", "F99", "[1]", "[0,4]") + "}", 4), "'F99' is unknown"),
        arguments("a negative dimension", SafetensorsBytes.of("{" + entry("t", "F32", "[-1]", "[0,4]") + "}", 4), "-1 is negative"),
        arguments("a negative offset", SafetensorsBytes.of("{" + entry("t", "F32", "[1]", "[-4,0]") + "}", 4), "-4 is negative"),
        arguments("a dimension beyond 64 bits", SafetensorsBytes.of("{" + entry("t", "F32", "[99999999999999999999]", "[0,4]") + "}", 4),
            "JSON"),
        arguments("a number too long to read", SafetensorsBytes.of("{" + entry("t", "F32", "[" + "9".repeat(5000) + "]", "[0,4]") + "}", 4),
            "JSON"),
        arguments("a fraction as dimension", SafetensorsBytes.of("{" + entry("t", "F32", "[1.5]", "[0,4]") + "}", 4), "whole numbers"),
        arguments("a product that overflows to the right size",
            SafetensorsBytes.of("{" + entry("t", "U8", "[4294967296,4294967296]", "[0,0]") + "}", 0), "impossible"),
        arguments("bytes that overflow", SafetensorsBytes.of("{" + entry("t", "F64", "[2305843009213693953]", "[0,8]") + "}", 8),
            "impossible"),
        arguments("fewer bytes than the shape", SafetensorsBytes.of("{" + entry("t", "F32", "[2]", "[0,4]") + "}", 4), "takes 8 bytes"),
        arguments("an end before its begin", SafetensorsBytes.of("{" + entry("t", "F32", "[1]", "[4,0]") + "}", 4), "data_offsets"),
        arguments("an end behind the file", SafetensorsBytes.of("{" + entry("t", "F32", "[2]", "[0,8]") + "}", 4), "data_offsets"),
        arguments("offsets at the end of numbers",
            SafetensorsBytes.of("{" + entry("t", "U8", "[1]", "[9223372036854775806,9223372036854775807]") + "}", 4), "data_offsets"),
        arguments("tensors that overlap",
            SafetensorsBytes.of("{" + entry("a", "U8", "[4]", "[0,4]") + "," + entry("b", "U8", "[4]", "[2,6]") + "}", 6), "overlaps"),
        arguments("two tensors at one place",
            SafetensorsBytes.of("{" + entry("a", "U8", "[4]", "[0,4]") + "," + entry("b", "U8", "[4]", "[0,4]") + "}", 4), "overlaps"),
        arguments("a gap", SafetensorsBytes.of("{" + entry("a", "U8", "[1]", "[1,2]") + "}", 2), "belong to no tensor"),
        arguments("data that nobody owns", SafetensorsBytes.of("{" + one + "}", 5), "at its end"),
        arguments("JSON nested too deep", SafetensorsBytes.of("{\"t\":" + "[".repeat(100_000), 0), "expected"),
        arguments("metadata nested too deep", SafetensorsBytes.of("{\"__metadata__\":{\"a\":" + "[".repeat(100_000), 0), "JSON"),
        arguments("too many dimensions", SafetensorsBytes.of("{" + entry("t", "U8", "[1" + ",1".repeat(32) + "]", "[0,1]") + "}", 1),
            "longer than 32"),
        arguments("an empty name", SafetensorsBytes.of("{" + entry("", "U8", "[1]", "[0,1]") + "}", 1), "name"),
        arguments("half a character as name", SafetensorsBytes.of("{" + entry("\\ud800", "U8", "[1]", "[0,1]") + "}", 1), "name"),
        arguments("a NUL in a name", SafetensorsBytes.of("{" + entry("a\\u0000b", "U8", "[1]", "[0,1]") + "}", 1), "name"),
        arguments("a name without end", SafetensorsBytes.of("{" + entry("x".repeat(5000), "U8", "[1]", "[0,1]") + "}", 1), "JSON"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("liars")
  void everyLieIsAnErrorInOneLine(String lie, byte[] file, String words) {
    FormatException e = assertThrows(FormatException.class, () -> read(file));
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertTrue(e.getMessage().startsWith("test.bin: "), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
    assertTrue(e.getMessage().length() < 600, e.getMessage());
  }

  @Test
  void everyTruncationIsAnError() {
    byte[] file = SafetensorsBytes.of("{" + entry("a", "F32", "[2]", "[0,8]") + "," + entry("b", "U8", "[1]", "[8,9]") + "}", 9);
    for (int length = 0; length < file.length; length++) {
      byte[] part = Arrays.copyOf(file, length);
      assertThrows(FormatException.class, () -> read(part), "cut at " + length);
    }
  }

  @Test
  void aTypeOfTheFormatThatIsNotReadIsUnsupported() {
    byte[] file = SafetensorsBytes.of("{" + entry("mask", "BOOL", "[1]", "[0,1]") + "}", 1);
    UnsupportedException e = assertThrows(UnsupportedException.class, () -> read(file));
    assertTrue(e.getMessage().contains("'mask'") && e.getMessage().contains("BOOL"), e.getMessage());
  }

  @Test
  void controlCharactersOfANameDoNotReachTheMessage() {
    byte[] file = SafetensorsBytes.of("{" + entry("a\\u001b[31m\\nb", "F32", "[1]", "[0,1]") + "}", 1);
    String message = assertThrows(FormatException.class, () -> read(file)).getMessage();
    assertTrue(message.contains("'a\\u001b[31m\\u000ab'"), message);
  }
}
