package org.quintet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {
  /** A directory that nobody can make, not even root. */
  private static final String IMPOSSIBLE = "/dev/null/quintet";

  @TempDir Path directory;

  private record Ended(int exit, String out, String err) {
    Path oneDnn() {
      return Path.of(out.lines().filter(line -> line.endsWith("libdnnl.so.3")).findFirst().orElseThrow(() -> new AssertionError(err)));
    }
  }

  @Test
  void theCacheOfTheSettingIsFilledOnceAndUsedAgain() throws Exception {
    Ended first = run("-Dquintet.cache=" + directory);
    Path file = first.oneDnn();
    assertTrue(file.startsWith(directory), file.toString());
    Object made = Files.getAttribute(file, "unix:ino");
    assertEquals(file, run("-Dquintet.cache=" + directory).oneDnn());
    assertEquals(made, Files.getAttribute(file, "unix:ino"));
  }

  @Test
  void processesThatStartTogetherFillOneCache() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(start(Map.of("QUINTET_CACHE", directory.toString())));
    }
    for (Process process : processes) {
      Ended ended = end(process);
      assertEquals(0, ended.exit, ended.err);
      assertTrue(ended.oneDnn().startsWith(directory));
    }
    try (Stream<Path> files = Files.walk(directory)) {
      assertEquals(List.of(), files.filter(f -> f.toString().endsWith(".tmp")).toList());
    }
  }

  @Test
  void anUnusableSettingIsOneErrorThatNamesIt() throws Exception {
    Ended ended = run("-Dquintet.cache=" + IMPOSSIBLE);
    assertEquals(1, ended.exit);
    assertTrue(ended.err.contains("UnsupportedException") && ended.err.contains("-Dquintet.cache"), ended.err);
    assertTrue(ended.err.contains(IMPOSSIBLE), ended.err);
  }

  @Test
  void withoutAHomeAPrivateCopyIsUsedAndRemoved() throws Exception {
    Ended ended = run("-Duser.home=" + IMPOSSIBLE, "-Djava.io.tmpdir=" + directory);
    assertEquals(0, ended.exit, ended.err);
    assertTrue(ended.oneDnn().startsWith(directory));
    assertTrue(ended.err.contains("unpacked anew") && ended.err.contains("QUINTET_CACHE"), ended.err);
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(), left.filter(f -> f.getFileName().toString().startsWith("quintet-")).toList());
    }
  }

  @Test
  void withoutHomeAndTemporaryDirectoryTheErrorNamesTheSetting() throws Exception {
    Ended ended = run("-Duser.home=" + IMPOSSIBLE, "-Djava.io.tmpdir=" + IMPOSSIBLE);
    assertEquals(1, ended.exit);
    assertTrue(ended.err.contains("-Dquintet.cache"), ended.err);
  }

  private static Ended run(String... options) throws IOException, InterruptedException {
    return end(start(Map.of(), options));
  }

  private static Process start(Map<String, String> environment, String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), LoadNatives.class.getName()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(List.of("QUINTET_CACHE", "XDG_CACHE_HOME"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static Ended end(Process process) throws IOException, InterruptedException {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ended(process.waitFor(), out, err);
  }
}
