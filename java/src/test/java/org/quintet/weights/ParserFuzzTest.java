package org.quintet.weights;

import static org.quintet.weights.SafetensorsBytes.entry;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.quintet.QuintetException;

/**
 * Any bytes are tensors that can be read, or a {@link QuintetException}; never another exception, endless work or memory.
 *
 * <p>A normal test run tries the seeds only, and what earlier runs found in {@code src/test/resources}. To fuzz, one target at a time:
 * {@code JAZZER_FUZZ=1 mvn -pl java test -Dtest='ParserFuzzTest#safetensors'} (two minutes, see {@code maxDuration}); a finding
 * becomes a file in {@code src/test/resources/org/quintet/weights/ParserFuzzTestInputs}, to be committed with its fix.
 */
class ParserFuzzTest {

  @MethodSource("safetensorsSeeds")
  @FuzzTest(maxDuration = "2m")
  void safetensors(byte[] file) {
    readAll(file, () -> SafetensorsReader.read(new HeapMemory(file)).forEach(ParserFuzzTest::touch));
  }

  @MethodSource("onnxSeeds")
  @FuzzTest(maxDuration = "2m")
  void onnx(byte[] file) {
    readAll(file, () -> OnnxReader.read(new HeapMemory(file), new HeapSurroundings()).forEach(ParserFuzzTest::touch));
  }

  @MethodSource("anySeeds")
  @FuzzTest(maxDuration = "2m")
  void anyFile(byte[] file) {
    readAll(file, () -> WeightFile.read(new HeapMemory(file), new HeapSurroundings()).forEach(ParserFuzzTest::touch));
  }

  @MethodSource("npySeeds")
  @FuzzTest(maxDuration = "2m")
  void npy(byte[] file) {
    readAll(file, () -> Npy.read(new HeapMemory(file)));
  }

  private static void readAll(byte[] file, Runnable reader) {
    try {
      reader.run();
    } catch (QuintetException e) {
      String message = e.getMessage();
      if (message == null || message.lines().count() != 1 || message.length() > 6000) {
        throw new AssertionError("no message in one line: " + message, e);
      }
    }
  }

  /** Reads the first and the last element: what was accepted is really there. */
  private static void touch(StoredTensor tensor) {
    float[] one = new float[1];
    if (tensor.elements() > 0) {
      new StoredData(tensor).read(0, one, 0, 1);
      new StoredData(tensor).read(tensor.elements() - 1, one, 0, 1);
    }
  }

  static Stream<byte[]> safetensorsSeeds() {
    return Stream.of(
        SafetensorsBytes.of("{\"__metadata__\":{\"format\":\"pt\"}," + entry("a", "F32", "[2,1]", "[0,8]") + "," + entry("b", "I64", "[]", "[8,16]")
            + "}", 16),
        SafetensorsBytes.of("{" + entry("h", "F16", "[1,2,3]", "[1,13]") + "," + entry("q", "U8", "[1]", "[0,1]") + "}  ", 13),
        SafetensorsBytes.of("{" + entry("h\\u00e4\\n", "BF16", "[0,9]", "[0,0]") + "," + entry("q", "F64", "[1]", "[0,8]") + "}", 8));
  }

  static Stream<byte[]> onnxSeeds() {
    return Stream.of(
        OnnxBytes.model(
            OnnxBytes.tensor("raw", 1, 1, 2).raw(new byte[8]),
            OnnxBytes.tensor("packed", 1, 2).floats(4, 1, 2),
            OnnxBytes.tensor("single", 1, 2).singleFloat(4, 1).singleFloat(4, 2),
            OnnxBytes.tensor("shape", 7, 2).packedNumbers(7, -1, 300),
            OnnxBytes.tensor("half", 10, 2).packedNumbers(5, 0x3c00, 1)),
        OnnxBytes.model(OnnxBytes.tensor("out", 1, 2).number(14, 1).external("location", "w.bin").external("offset", "4")),
        OnnxBytes.model(OnnxBytes.tensor("d", 11, 1).bytes(10, new byte[8]).text(12, "doc")));
  }

  static Stream<byte[]> npySeeds() {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
    byte[] text = ("\u0093NUMPY\u0001\u0000" + (char) header.length() + "\u0000" + header + "12345678").getBytes(StandardCharsets.ISO_8859_1);
    return Stream.of(text);
  }

  static Stream<byte[]> anySeeds() {
    Stream<byte[]> others = Stream.of("PK\u0003\u0004                      \u0001\u0000  x", "\u0089HDF\r\n\u001a\n", "\n\u0001a\u00a2\u0006", "text")
        .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    return Stream.of(safetensorsSeeds(), onnxSeeds(), npySeeds(), others).flatMap(seeds -> seeds);
  }
}
