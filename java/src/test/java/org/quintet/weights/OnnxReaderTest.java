package org.quintet.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.quintet.weights.OnnxBytes.model;
import static org.quintet.weights.OnnxBytes.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.quintet.FormatException;
import org.quintet.UnsupportedException;

class OnnxReaderTest {
  private static final int FLOAT = 1;
  private static final int UINT8 = 2;
  private static final int INT8 = 3;
  private static final int INT32 = 6;
  private static final int INT64 = 7;
  private static final int FLOAT16 = 10;
  private static final int DOUBLE = 11;
  private static final int BFLOAT16 = 16;

  private static final int FLOAT_DATA = 4;
  private static final int INT32_DATA = 5;
  private static final int INT64_DATA = 7;
  private static final int DOUBLE_DATA = 10;
  private static final int DATA_LOCATION = 14;

  private static List<StoredTensor> read(byte[] file) {
    return new ArrayList<>(WeightFile.read(new HeapMemory(file), new HeapSurroundings()));
  }

  private static float[] values(StoredTensor tensor) {
    float[] values = new float[(int) tensor.elements()];
    new StoredData(tensor).read(0, values, 0, values.length);
    return values;
  }

  private static float[] onlyValues(OnnxBytes initializer) {
    return values(read(model(initializer)).get(0));
  }

  @Test
  void rawDataStaysInTheFile() {
    byte[] file = model(tensor("w", FLOAT, 2, 1).raw(new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40}));
    StoredTensor tensor = read(file).get(0);
    assertEquals("w", tensor.name());
    assertArrayEquals(new long[] {2, 1}, tensor.shape());
    assertTrue(tensor.memory() instanceof HeapMemory heap && heap.bytes() == file);
    assertArrayEquals(new float[] {1, 2}, values(tensor));
  }

  @Test
  void packedFloatsStayInTheFileToo() {
    byte[] file = model(tensor("w", FLOAT, 3).floats(FLOAT_DATA, 1, 2, 3));
    assertTrue(read(file).get(0).memory() instanceof HeapMemory heap && heap.bytes() == file);
    assertArrayEquals(new float[] {1, 2, 3}, values(read(file).get(0)));
  }

  @Test
  void floatsOneByOneAndInPiecesAreGathered() {
    assertArrayEquals(new float[] {1, 2, 3, 4},
        onlyValues(tensor("w", FLOAT, 4).singleFloat(FLOAT_DATA, 1).floats(FLOAT_DATA, 2, 3).singleFloat(FLOAT_DATA, 4)));
  }

  @Test
  void everyListIsReadForItsTypes() {
    assertArrayEquals(new float[] {-1, 1 << 20}, onlyValues(tensor("w", INT64, 2).packedNumbers(INT64_DATA, -1, 1 << 20)));
    assertArrayEquals(new float[] {-5, 7}, onlyValues(tensor("w", INT32, 2).packedNumbers(INT32_DATA, -5, 7)));
    assertArrayEquals(new float[] {-5, 7}, onlyValues(tensor("w", INT32, 2).number(INT32_DATA, -5).number(INT32_DATA, 7)));
    assertArrayEquals(new float[] {-5, 7}, onlyValues(tensor("w", INT8, 2).packedNumbers(INT32_DATA, -5, 7)));
    assertArrayEquals(new float[] {250, 7}, onlyValues(tensor("w", UINT8, 2).packedNumbers(INT32_DATA, 250, 7)));
    assertArrayEquals(new float[] {1.5f}, onlyValues(tensor("w", FLOAT16, 1).packedNumbers(INT32_DATA, 0x3e00)));
    assertArrayEquals(new float[] {-2}, onlyValues(tensor("w", BFLOAT16, 1).packedNumbers(INT32_DATA, 0xc000)));
    assertArrayEquals(new float[] {1}, onlyValues(tensor("w", DOUBLE, 1).bytes(DOUBLE_DATA, new byte[] {0, 0, 0, 0, 0, 0, -16, 63})));
  }

  @Test
  void scalarsAndEmptyTensorsAreTensors() {
    List<StoredTensor> tensors = read(model(tensor("scalar", UINT8).raw((byte) 9), tensor("empty", FLOAT, 0, 3)));
    assertArrayEquals(new float[] {9}, values(tensors.get(0)));
    assertEquals(0, tensors.get(1).bytes());
  }

  @Test
  void packedDimensionsAreDimensions() {
    OnnxBytes tensor = new OnnxBytes().packedNumbers(1, 2, 3).number(2, UINT8).text(8, "w").raw(new byte[6]);
    assertArrayEquals(new long[] {2, 3}, read(model(tensor)).get(0).shape());
  }

  @Test
  void fieldsThatAreNotKnownPass() {
    OnnxBytes tensor = tensor("w", UINT8, 1).raw((byte) 1).text(12, "a doc string").number(99, 5).singleFloat(100, 1);
    assertEquals(1, read(model(tensor)).size());
  }

  @Test
  void aModelIsRecognisedWhateverFieldComesFirst() {
    OnnxBytes graph = new OnnxBytes().message(5, tensor("w", UINT8, 1).raw((byte) 1));
    assertEquals(1, read(new OnnxBytes().text(2, "maker").message(7, graph).number(1, 8).toBytes()).size());
  }

  static Stream<Arguments> liars() {
    OnnxBytes good = tensor("w", UINT8, 1).raw((byte) 1);
    return Stream.of(
        arguments("no graph", new OnnxBytes().number(1, 8).text(2, "test").toBytes(), "no graph"),
        arguments("two graphs", new OnnxBytes().number(1, 8).message(7, new OnnxBytes()).message(7, new OnnxBytes()).toBytes(),
            "two graphs"),
        arguments("a graph longer than the file", new OnnxBytes().number(1, 8).length(7, 1 << 30).toBytes(), "cut short"),
        arguments("a graph of negative length", new OnnxBytes().number(1, 8).length(7, -1).toBytes(), "cut short"),
        arguments("a length beyond 31 bits", new OnnxBytes().number(1, 8).length(7, 0xffff_ffffL).toBytes(), "limit"),
        arguments("a number without end", new OnnxBytes().number(1, 8).plain(new byte[] {(byte) 0x3a}).plain(new byte[20]).toBytes(),
            "damaged"),
        arguments("a tensor longer than its graph",
            new OnnxBytes().number(1, 8).message(7, new OnnxBytes().length(5, 1000)).plain(new byte[2000]).toBytes(), "cut short"),
        arguments("raw_data longer than its tensor", model(tensor("w", UINT8, 1).length(9, 1000)), "cut short"),
        arguments("raw_data as long as can be", model(tensor("w", UINT8, 1).length(9, Integer.MAX_VALUE)), "cut short"),
        arguments("raw_data of another size", model(tensor("w", FLOAT, 1).raw((byte) 1)), "takes 4 bytes, but there are 1"),
        arguments("no values", model(tensor("w", FLOAT, 1)), "takes 4 bytes, but there are 0"),
        arguments("raw_data twice", model(tensor("w", UINT8, 1).raw((byte) 1).raw((byte) 1)), "twice"),
        arguments("raw_data and a list", model(tensor("w", FLOAT, 1).raw(new byte[4]).floats(FLOAT_DATA, 1)), "both"),
        arguments("two lists", model(tensor("w", FLOAT, 1).floats(FLOAT_DATA, 1).packedNumbers(INT64_DATA, 1)), "two lists"),
        arguments("the list of another type", model(tensor("w", FLOAT, 1).packedNumbers(INT64_DATA, 1)), "another type"),
        arguments("too few values in a list", model(tensor("w", INT64, 3).packedNumbers(INT64_DATA, 1, 2)), "needs 3 values"),
        arguments("half a value in a list", model(tensor("w", FLOAT, 1).bytes(FLOAT_DATA, new byte[5])), "no list of 4-byte values"),
        arguments("a negative dimension", model(tensor("w", UINT8, -1).raw((byte) 1)), "[-1] is impossible"),
        arguments("a product that overflows", model(tensor("w", UINT8, 1L << 32, 1L << 32)), "impossible"),
        arguments("a huge tensor without values", model(tensor("w", FLOAT, 1L << 40)), "but there are 0"),
        arguments("a huge list of numbers that is not there", model(tensor("w", INT64, 1L << 40).number(INT64_DATA, 1)), "needs"),
        arguments("too many dimensions", model(tensor("w", UINT8, new long[33]).raw((byte) 1)), "more than 32 dimensions"),
        arguments("a tensor without a name", model(tensor("", UINT8, 1).raw((byte) 1)), "name"),
        arguments("a name that is no text", model(new OnnxBytes().bytes(8, new byte[] {(byte) 0xff}).number(2, UINT8)), "UTF-8"),
        arguments("a name without end", model(new OnnxBytes().bytes(8, new byte[5000])), "longer than"),
        arguments("two tensors of one name", model(good, good), "two tensors of this name"),
        arguments("a name that is a number", model(new OnnxBytes().number(8, 3)), "wire type"),
        arguments("a group that never began", new OnnxBytes().number(1, 8).varint(99 << 3 | 4).toBytes(), "damaged"),
        arguments("groups without end", new OnnxBytes().number(1, 8).plain(groups(100_000)).toBytes(), "damaged"),
        arguments("values in a file that is not named", model(tensor("w", UINT8, 1).number(DATA_LOCATION, 1)), "not named"),
        arguments("values here and elsewhere",
            model(tensor("w", UINT8, 1).number(DATA_LOCATION, 1).external("location", "x").raw((byte) 1)), "both"),
        arguments("an offset that is no number",
            model(tensor("w", UINT8, 1).number(DATA_LOCATION, 1).external("location", "x").external("offset", "1e3")), "no number"));
  }

  private static byte[] groups(int depth) {
    byte[] starts = new byte[depth];
    Arrays.fill(starts, (byte) (15 << 3 | 3));
    return starts;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("liars")
  void everyLieIsAnErrorInOneLine(String lie, byte[] file, String words) {
    FormatException e = assertThrows(FormatException.class, () -> read(file));
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertTrue(e.getMessage().startsWith("test.bin: "), e.getMessage());
    assertFalse(e.getMessage().contains("\n"), e.getMessage());
  }

  @Test
  void everyTruncationIsAnError() {
    byte[] file = model(tensor("a", FLOAT, 2).raw(new byte[8]), tensor("b", INT64, 2).packedNumbers(INT64_DATA, 1, 2));
    for (int length = 0; length < file.length; length++) {
      byte[] part = Arrays.copyOf(file, length);
      assertThrows(FormatException.class, () -> read(part), "cut at " + length);
    }
  }

  static Stream<Arguments> unsupported() {
    return Stream.of(
        arguments("BOOL", model(tensor("w", 9, 1).raw((byte) 1)), "'w': ONNX data type 9"),
        arguments("a type of the future", model(tensor("w", -1, 1).raw((byte) 1)), "data type -1"),
        arguments("segments", model(tensor("w", FLOAT, 1).message(3, new OnnxBytes())), "segments"),
        arguments("sparse initializers",
            new OnnxBytes().number(1, 8).message(7, new OnnxBytes().message(15, new OnnxBytes())).toBytes(), "sparse"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unsupported")
  void whatOnnxAllowsAndIsNotReadIsUnsupported(String what, byte[] file, String words) {
    UnsupportedException e = assertThrows(UnsupportedException.class, () -> read(file));
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }
}
