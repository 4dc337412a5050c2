package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.testing.SyntheticFiles;

/** Training as a process that is killed, interrupted, or finds the disk full. */
class InterruptedTrainingTest {
  private static final int EPOCHS = 6;

  @TempDir private Path folder = Path.of("");
  private Path data = Path.of("");
  private Path checkpoint = Path.of("");

  @BeforeEach
  void makeDigits() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    SyntheticFiles.mnist(data, 160, 20, 5);
    checkpoint = folder.resolve("checkpoint");
  }

  private List<String> arguments(Path output, String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", "lenet5", "--data", data.toString(), "--output", output.toString(),
        "--epochs", Integer.toString(EPOCHS), "--batch", "16", "--optimizer", "adam", "--augment", "shift=2", "--threads", "1",
        "--checkpoint", checkpoint.toString(), "--checkpoint-every", "3"));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private Process start(String prefix, List<String> arguments) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>(
        List.of("bash", "-c", prefix + "exec \"$@\"", "bash", java, "-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command)
        .redirectOutput(folder.resolve("out").toFile())
        .redirectError(folder.resolve("err").toFile())
        .start();
  }

  private byte[] uninterrupted() throws IOException {
    Path output = folder.resolve("whole.safetensors");
    Outcome outcome = Outcome.of(arguments(output).toArray());
    assertEquals(0, outcome.status(), outcome.err());
    Files.delete(checkpoint);
    return Files.readAllBytes(output);
  }

  private byte[] resumed() throws IOException {
    Path output = folder.resolve("resumed.safetensors");
    Outcome outcome = Outcome.of(arguments(output, "--resume", checkpoint.toString()).toArray());
    assertEquals(0, outcome.status(), outcome.err());
    return Files.readAllBytes(output);
  }

  private void awaitCheckpoint(Process process) throws InterruptedException {
    for (int i = 0; i < 6000 && process.isAlive() && !Files.exists(checkpoint); i++) {
      Thread.sleep(10);
    }
    assertTrue(Files.exists(checkpoint), "a checkpoint within a minute");
  }

  @Test
  void whatWasKilledGoesOnToTheSameBits() throws Exception {
    byte[] whole = uninterrupted();
    Process process = start("", arguments(folder.resolve("killed.safetensors")));
    awaitCheckpoint(process);
    process.destroyForcibly().waitFor();
    assertFalse(Files.exists(folder.resolve("killed.safetensors")), "killed before the end");
    assertArrayEquals(whole, resumed());
  }

  @Test
  void anInterruptSavesACheckpointAndEndsWith130() throws Exception {
    byte[] whole = uninterrupted();
    Process process = start("", arguments(folder.resolve("interrupted.safetensors")));
    awaitCheckpoint(process);
    assertEquals(0, new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor());
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    assertEquals(130, process.exitValue());
    String messages = Files.readString(folder.resolve("err"), StandardCharsets.UTF_8);
    assertTrue(messages.contains("--resume " + checkpoint), messages);
    assertArrayEquals(whole, resumed());
  }

  @Test
  void aFullDiskIsAClearErrorAndLeavesTheOldCheckpoint() throws Exception {
    byte[] old = "the checkpoint before".getBytes(StandardCharsets.UTF_8);
    Files.write(checkpoint, old);
    Process process = start("ulimit -f 4000; ", arguments(folder.resolve("full.safetensors")));   // files of at most 4 MB
    assertTrue(process.waitFor(2, TimeUnit.MINUTES));
    assertEquals(1, process.exitValue());
    String messages = Files.readString(folder.resolve("err"), StandardCharsets.UTF_8);
    assertTrue(messages.contains("error: " + checkpoint + ": cannot be written"), messages);
    assertArrayEquals(old, Files.readAllBytes(checkpoint));
    try (Stream<Path> files = Files.list(folder)) {
      assertTrue(files.noneMatch(f -> f.toString().endsWith(".tmp")), "nothing half written is left");
    }
  }
}
