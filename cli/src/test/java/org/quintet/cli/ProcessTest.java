package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a process: its status, and what goes to which stream. */
class ProcessTest {
  @TempDir private Path folder = Path.of("");

  private Outcome run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");   // the JVM tells of it on stderr
    Process process = builder.start();
    assertTrue(process.waitFor(2, TimeUnit.MINUTES));
    return new Outcome(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
  }

  @Test
  void jsonIsAllThatGoesToStdout() throws Exception {
    Outcome outcome = run("summary", "lenet5", "--json");
    assertEquals("lenet5", outcome.json().get("model"));
    assertEquals("", outcome.err().replaceAll("(?m)^WARNING: .*\\R", ""));   // Java's own, where it is not told of native access
  }

  @Test
  void whatFailsEndsWithStatus1AndOneLineUnlessTheStackIsAskedFor() throws Exception {
    String missing = folder.resolve("nowhere.npy").toString();
    String[] command = {"run", "lenet5", "--weights", missing, "--input", missing, "--output", missing};
    Outcome plain = run(command);
    assertEquals(1, plain.status());
    assertTrue(plain.err().lines().toList().get((int) plain.err().lines().count() - 1).startsWith("error: "), plain.err());
    assertFalse(plain.err().contains("\tat "), plain.err());
    String[] debug = Arrays.copyOf(command, command.length + 1);
    debug[command.length] = "--debug";
    assertTrue(run(debug).err().contains("\tat "));
  }

  @Test
  void wrongUsageEndsWithStatus2() throws Exception {
    assertEquals(2, run("summary").status());
  }
}
