package org.quintet.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quintet.FormatException;
import org.quintet.Weights;

/** ONNX models that keep tensors in files beside them: read, as long as those really are beside them. */
class ExternalDataTest {
  private static final int UINT8 = 2;
  private static final int DATA_LOCATION = 14;

  @TempDir Path directory;
  private Path folder;

  @BeforeEach
  void files() throws IOException {
    folder = Files.createDirectory(directory.resolve("model"));
    Files.write(Files.createDirectory(folder.resolve("data")).resolve("w.bin"), new byte[] {1, 2, 3, 4, 5});
    Files.write(directory.resolve("secret"), new byte[] {9, 9, 9});
    Files.createSymbolicLink(folder.resolve("link"), directory.resolve("secret"));
  }

  private Weights open(OnnxBytes... initializers) throws IOException {
    return Weights.open(Files.write(folder.resolve("model.onnx"), OnnxBytes.model(initializers)));
  }

  private static OnnxBytes tensor(String location, long elements) {
    return OnnxBytes.tensor("w", UINT8, elements).number(DATA_LOCATION, 1).external("location", location);
  }

  @Test
  void tensorsAreReadFromTheirPlacesInTheOtherFile() throws IOException {
    OnnxBytes part = OnnxBytes.tensor("part", UINT8, 2).number(DATA_LOCATION, 1)
        .external("location", "data/w.bin").external("offset", "1").external("length", "2").external("checksum", "unused");
    Weights weights = open(tensor("data/w.bin", 5), part);
    assertArrayEquals(new float[] {1, 2, 3, 4, 5}, weights.get("w").toFloats());
    assertArrayEquals(new float[] {2, 3}, weights.get("part").toFloats());
    weights.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../secret", "link", "/etc/passwd", "", "data/../../secret", "a\0b", "missing", "data"})
  void whatIsNotAFileInTheModelsFolderIsRefused(String location) {
    FormatException e = assertThrows(FormatException.class, () -> open(tensor(location, 1)));
    assertTrue(e.getMessage().contains(folder.toString()), e.getMessage());
  }

  @Test
  void aTensorThatLeavesTheOtherFileIsRefused() {
    assertThrows(FormatException.class, () -> open(tensor("data/w.bin", 6)));
    assertThrows(FormatException.class, () -> open(tensor("data/w.bin", 1).external("offset", "5")));
    assertThrows(FormatException.class, () -> open(tensor("data/w.bin", 1).external("offset", "-1")));
    assertThrows(FormatException.class, () -> open(tensor("data/w.bin", 1).external("offset", String.valueOf(Long.MAX_VALUE))));
    assertThrows(FormatException.class, () -> open(tensor("data/w.bin", 2).external("length", "1")));
  }
}
