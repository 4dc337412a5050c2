package org.quintet.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.ClosedException;
import org.quintet.Tensor;
import org.quintet.Weights;
import org.quintet.WeightsException;

/** Whatever fails while a file is written, the old one survives and nothing else is left. */
class ReplacedFileTest {
  private static final byte[] OLD = {1, 2, 3};

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void anOldFile() throws IOException {
    path = Files.write(directory.resolve("weights"), OLD);
  }

  private void assertOldFileAlone() throws IOException {
    assertArrayEquals(OLD, Files.readAllBytes(path));
    try (var files = Files.list(directory)) {
      assertEquals(List.of(path), files.toList());
    }
  }

  @Test
  void theNewContentReplacesTheOld() throws IOException {
    ReplacedFile.write(path, channel -> ReplacedFile.writeFully(channel, ByteBuffer.wrap(new byte[] {4, 5})));
    assertArrayEquals(new byte[] {4, 5}, Files.readAllBytes(path));
    try (var files = Files.list(directory)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void aFailureOfTheSystemIsNamedAndTheOldFileSurvives() throws IOException {
    WeightsException e = assertThrows(WeightsException.class, () -> ReplacedFile.write(path, channel -> {
      ReplacedFile.writeFully(channel, ByteBuffer.wrap(new byte[1000]));
      throw new IOException("No space left on device");
    }));
    assertTrue(e.getMessage().contains(path.toString()) && e.getMessage().contains("No space left"), e.getMessage());
    assertOldFileAlone();
  }

  @Test
  void afterAFailureOfTheProgramTheOldFileSurvivesToo() throws IOException {
    assertThrows(ClosedException.class, () -> ReplacedFile.write(path, channel -> {
      throw new ClosedException("closed meanwhile");
    }));
    assertOldFileAlone();
  }

  @Test
  void aDeviceIsNotReplacedByAFile() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("/dev/null"));
    WeightsException e = assertThrows(WeightsException.class, () -> ReplacedFile.write(link, channel -> {}));
    assertTrue(e.getMessage().contains("no regular file"), e.getMessage());
    Files.delete(link);
    assertOldFileAlone();
  }

  @Test
  void aSymbolicLinkStaysAndLeadsToTheNewContent() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), path);
    ReplacedFile.write(link, channel -> ReplacedFile.writeFully(channel, ByteBuffer.wrap(new byte[] {9})));
    assertTrue(Files.isSymbolicLink(link));
    assertArrayEquals(new byte[] {9}, Files.readAllBytes(path));
  }

  @Test
  void aFolderThatDoesNotExistOrIsAFileIsNamed() {
    for (Path impossible : List.of(directory.resolve("no/such/folder"), directory, path.resolve("below"))) {
      WeightsException e = assertThrows(WeightsException.class, () -> ReplacedFile.write(impossible, channel -> {}));
      assertTrue(e.getMessage().startsWith(impossible + ": cannot be written: "), e.getMessage());
    }
  }

  /** As on a full disk, but for one process: a limit of 64 KiB a file, under which another JVM saves 4 MB. */
  @Test
  void whenTheSystemTakesNoMoreBytesTheOldFileSurvives() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs /bin/sh and its ulimit");
    Process process = new ProcessBuilder("/bin/sh", "-c", "ulimit -f 64 && exec \"$0\" \"$@\"",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:-UsePerfData", "-Xshare:auto", "-cp",
        System.getProperty("java.class.path"), Saver.class.getName(), path.toString()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertTrue(output.contains("refused: " + path + ": cannot be written: "), output);
    assertOldFileAlone();
  }

  /** The other JVM. */
  static final class Saver {
    private Saver() {}

    public static void main(String[] args) {
      try (Weights weights = Weights.of(Map.of("w", Tensor.of(new float[1 << 20], 1 << 20)))) {
        weights.save(Path.of(args[0]));
      } catch (WeightsException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }
}
