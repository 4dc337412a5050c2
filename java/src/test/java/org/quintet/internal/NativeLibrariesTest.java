package org.quintet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.testing.ChildJvm;

class NativeLibrariesTest {
  /** A directory that nobody can make, not even root. */
  private static final String IMPOSSIBLE = "/dev/null/quintet";

  @TempDir Path directory;

  private static Path oneDnn(ChildJvm.Ended ended) {
    return Path.of(
        ended.out().lines().filter(line -> line.endsWith("libdnnl.so.3")).findFirst().orElseThrow(() -> new AssertionError(ended.err())));
  }

  @Test
  void theCacheOfTheSettingIsFilledOnceAndUsedAgain() throws Exception {
    ChildJvm.Ended first = run("-Dquintet.cache=" + directory);
    Path file = oneDnn(first);
    assertTrue(file.startsWith(directory), file.toString());
    Object made = Files.getAttribute(file, "unix:ino");
    assertEquals(file, oneDnn(run("-Dquintet.cache=" + directory)));
    assertEquals(made, Files.getAttribute(file, "unix:ino"));
  }

  @Test
  void processesThatStartTogetherFillOneCache() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(ChildJvm.of(LoadNatives.class).environment("QUINTET_CACHE", directory.toString()).start());
    }
    for (Process process : processes) {
      ChildJvm.Ended ended = ChildJvm.end(process);
      assertEquals(0, ended.exit(), ended.err());
      assertTrue(oneDnn(ended).startsWith(directory));
    }
    try (Stream<Path> files = Files.walk(directory)) {
      assertEquals(List.of(), files.filter(f -> f.toString().endsWith(".tmp")).toList());
    }
  }

  @Test
  void anUnusableSettingIsOneErrorThatNamesIt() throws Exception {
    ChildJvm.Ended ended = run("-Dquintet.cache=" + IMPOSSIBLE);
    assertEquals(1, ended.exit());
    assertTrue(ended.err().contains("UnsupportedException") && ended.err().contains("-Dquintet.cache"), ended.err());
    assertTrue(ended.err().contains(IMPOSSIBLE), ended.err());
  }

  @Test
  void withoutAHomeAPrivateCopyIsUsedAndRemoved() throws Exception {
    ChildJvm.Ended ended = run("-Duser.home=" + IMPOSSIBLE, "-Djava.io.tmpdir=" + directory);
    assertEquals(0, ended.exit(), ended.err());
    assertTrue(oneDnn(ended).startsWith(directory));
    assertTrue(ended.err().contains("unpacked anew") && ended.err().contains("QUINTET_CACHE"), ended.err());
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(), left.filter(f -> f.getFileName().toString().startsWith("quintet-")).toList());
    }
  }

  @Test
  void withoutHomeAndTemporaryDirectoryTheErrorNamesTheSetting() throws Exception {
    ChildJvm.Ended ended = run("-Duser.home=" + IMPOSSIBLE, "-Djava.io.tmpdir=" + IMPOSSIBLE);
    assertEquals(1, ended.exit());
    assertTrue(ended.err().contains("-Dquintet.cache"), ended.err());
  }

  @Test
  void loadingAheadEndsInTheSameFiles() throws Exception {
    ChildJvm.Ended unpacks = run("-Dquintet.cache=" + directory, "-Dahead=true");
    assertEquals(0, unpacks.exit(), unpacks.err());
    ChildJvm.Ended findsThem = run("-Dquintet.cache=" + directory, "-Dahead=true");
    assertEquals(unpacks.out(), findsThem.out());
    assertTrue(oneDnn(findsThem).startsWith(directory));
  }

  @Test
  void whatPreventsLoadingAheadIsTheErrorOfTheFirstUse() throws Exception {
    ChildJvm.Ended ended = run("-Dquintet.cache=" + IMPOSSIBLE, "-Dahead=true");
    assertEquals(1, ended.exit());
    assertTrue(ended.err().contains("UnsupportedException") && ended.err().contains(IMPOSSIBLE), ended.err());
  }

  private static ChildJvm.Ended run(String... options) throws InterruptedException {
    return ChildJvm.of(LoadNatives.class).options(options).run();
  }
}
