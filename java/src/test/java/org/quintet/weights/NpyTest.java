package org.quintet.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quintet.ArgumentException;
import org.quintet.FormatException;
import org.quintet.QuintetException;
import org.quintet.UnsupportedException;
import org.quintet.testing.Shared;

class NpyTest {
  @TempDir Path directory;

  private static byte[] file(int version, String header, byte... numbers) {
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file = ByteBuffer.allocate(12 + text.length + numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      file.putShort((short) text.length);
    } else {
      file.putInt(text.length);
    }
    return Arrays.copyOf(file.put(text).put(numbers).array(), file.position());
  }

  private static String header(String type, String order, String shape) {
    return "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }   \n".formatted(type, order, shape);
  }

  private static Npy read(byte[] file) {
    return Npy.read(new HeapMemory(file));
  }

  @Test
  void whatIsWrittenIsReadBack() {
    Path path = directory.resolve("x.npy");
    FloatBuffer values = FloatBuffer.wrap(new float[] {9, 1, 2, Float.NaN, 4, 5, 6, 9}, 1, 6);
    Npy.write(path, new long[] {1, 2, 3}, values);
    assertEquals(1, values.position());
    Npy read = Npy.read(path);
    assertArrayEquals(new long[] {1, 2, 3}, read.shape());
    assertArrayEquals(new float[] {1, 2, Float.NaN, 4, 5, 6}, read.values());
  }

  @Test
  void theHeaderIsTheOneThatNumpyWrites() throws IOException {
    Path path = directory.resolve("x.npy");
    Npy.write(path, new long[] {3}, FloatBuffer.allocate(3));
    byte[] file = Files.readAllBytes(path);
    String text = new String(file, 10, 118, StandardCharsets.US_ASCII);
    assertEquals("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", text.strip());
    assertEquals(128 + 12, file.length);
    assertEquals('\n', file[127]);
  }

  @Test
  void numpysOwnFilesAreRead() {
    Npy logits = Npy.read(Shared.path("data/tensors/coffee.googlenet_logits.npy"));
    assertEquals(1000, logits.values().length);
    assertArrayEquals(new long[] {1, 3, 224, 224}, Npy.read(Shared.path("data/tensors/coffee.caffe_bgr.npy")).shape());
  }

  @Test
  void doublesAndForeignByteOrderAreRead() {
    byte[] one = ByteBuffer.allocate(8).putDouble(0.1).array();
    assertArrayEquals(new float[] {0.1f}, read(file(1, header(">f8", "False", "(1,)"), one)).values());
    assertArrayEquals(new float[] {1}, read(file(2, header("<f4", "False", "()"), (byte) 0, (byte) 0, (byte) 0x80, (byte) 0x3f)).values());
    assertEquals(0, read(file(3, header("<f4", "False", "(0, 7)"))).values().length);
  }

  static Stream<Arguments> liars() {
    byte[] four = new byte[4];
    return Stream.of(
        arguments("nothing", new byte[0], "no .npy file"),
        arguments("another file", "hello, this is a text".getBytes(StandardCharsets.US_ASCII), "a text that begins with 'hello"),
        arguments("an unknown version", file(9, header("<f4", "False", "(1,)"), four), "version 9"),
        arguments("no shape", file(1, "{'descr': '<f4', 'fortran_order': False}", four), "no shape"),
        arguments("fewer numbers than the shape", file(1, header("<f4", "False", "(2,)"), four), "does not fit"),
        arguments("more numbers than the shape", file(1, header("<f4", "False", "(1,)"), new byte[5]), "does not fit"),
        arguments("a shape that overflows", file(1, header("<f4", "False", "(4294967296, 4294967297)"), four), "[4294967296,4294967297]"),
        arguments("a shape beyond 64 bits", file(1, header("<f4", "False", "(99999999999999999999,)"), four), "impossible"),
        arguments("a line's end inside a shape", file(1, header("<f4", "False", "(1\n2,)"), four), "impossible"),
        arguments("too many dimensions", file(1, header("<f4", "False", "(" + "1,".repeat(33) + ")"), four), "33 dimensions"),
        arguments("a header longer than the file", Arrays.copyOf(file(1, header("<f4", "False", "(1,)"), four), 40), "claims"),
        arguments("a header longer than any", file(2, "{'descr'" + " ".repeat(70_000), four), "claims"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("liars")
  void everyLieIsAnError(String lie, byte[] file, String words) {
    FormatException e = assertThrows(FormatException.class, () -> read(file));
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"<i4", "<f2", "|u1", "<c8", "|O"})
  void otherTypesAreUnsupported(String type) {
    assertThrows(UnsupportedException.class, () -> read(file(1, header(type, "False", "(1,)"), new byte[8])));
  }

  @Test
  void fortranOrderIsReadIntoRowMajorOrder() {
    ByteBuffer numbers = ByteBuffer.allocate(6 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : new float[] {0, 3, 1, 4, 2, 5}) {   // 0 1 2 / 3 4 5, column after column
      numbers.putFloat(value);
    }
    Npy matrix = read(file(1, header("<f4", "True", "(2, 3)"), numbers.array()));
    assertArrayEquals(new long[] {2, 3}, matrix.shape());
    assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, matrix.values());
  }

  @Test
  void everyChangedByteIsReadOrRefused() {
    byte[] whole = file(1, header("<f4", "False", "(2, 1)"), new byte[8]);
    for (int at = 0; at < whole.length; at++) {
      for (int value = 0; value < 256; value++) {
        byte[] changed = whole.clone();
        changed[at] = (byte) value;
        try {
          read(changed);
        } catch (QuintetException expected) {
          assertTrue(expected.getMessage().startsWith("test.bin"), expected.getMessage());
        }
      }
    }
  }

  @Test
  void aShapeThatIsNotThatOfTheValuesIsRefused() {
    Path path = directory.resolve("x.npy");
    assertThrows(ArgumentException.class, () -> Npy.write(path, new long[] {2}, FloatBuffer.allocate(3)));
    assertTrue(Files.notExists(path));
  }
}
