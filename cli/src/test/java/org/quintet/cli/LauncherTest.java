package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code quintet}, in a tree of its own with a Java and a Maven that only say that they were called. */
class LauncherTest {
  private static final List<String> TOOLS = List.of(
      "bash", "sh", "env", "dirname", "readlink", "sed", "find", "mkdir", "mv", "rm", "tee", "grep", "head", "flock", "cat", "sleep", "touch");

  @TempDir private Path folder = Path.of("");
  private Path root = Path.of("");
  private Path bin = Path.of("");
  private Path javaHome = Path.of("");

  @BeforeEach
  void plantTree() throws IOException {
    root = Files.createDirectories(folder.resolve("tree"));
    Path script = Path.of(System.getProperty("quintet.root", "..")).resolve("quintet");
    Files.copy(script, root.resolve("quintet"), StandardCopyOption.COPY_ATTRIBUTES);
    for (String source : List.of("pom.xml", "CMakeLists.txt", "native/src.cc", "java/pom.xml", "models/pom.xml", "cli/pom.xml")) {
      Files.createDirectories(root.resolve(source).getParent());
      Files.writeString(root.resolve(source), "");
    }
    for (String module : List.of("java", "models", "cli")) {
      Files.createDirectories(root.resolve(module).resolve("src/main"));
    }
    bin = Files.createDirectories(folder.resolve("bin"));
    for (String tool : TOOLS) {
      script(bin.resolve(tool), "exec " + find(tool) + " \"$@\"");
    }
    javaHome = folder.resolve("jdk");
    java("17.0.9");
  }

  private static Path find(String tool) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(directory -> Path.of(directory, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }

  private static void script(Path file, String... lines) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!" + find("bash") + "\n" + String.join("\n", lines) + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  /** A Java of this version, which prints what it is asked to run. */
  private void java(String version) throws IOException {
    script(javaHome.resolve("bin/java"), "echo \"$@\"");
    script(javaHome.resolve("bin/javac"));
    Files.writeString(javaHome.resolve("release"), "IMPLEMENTOR=\"test\"\nJAVA_VERSION=\"" + version + "\"\n");
  }

  /** Everything a build needs, and a Maven that counts its calls, takes a while and leaves two jars. */
  private void tools() throws IOException {
    for (String tool : List.of("cmake", "c++", "ninja")) {
      script(bin.resolve(tool));
    }
    script(
        bin.resolve("mvn"),
        "echo called >>" + folder.resolve("calls"),
        "echo '[INFO] Building Quintet models 1 [3/4]'",
        "sleep 1",
        "mkdir -p " + root.resolve("cli/target/lib"),
        "touch " + root.resolve("cli/target/quintet-cli-1.jar") + " " + root.resolve("cli/target/lib/quintet-1.jar"));
  }

  private Process start(Path directory, Path script, String name, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(Map.of("PATH", bin.toString(), "JAVA_HOME", javaHome.toString(), "HOME", folder.toString()));
    return builder.redirectOutput(folder.resolve(name + ".out").toFile()).redirectError(folder.resolve(name + ".err").toFile()).start();
  }

  private Outcome end(Process process, String name) throws IOException, InterruptedException {
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    return new Outcome(
        process.exitValue(), Files.readString(folder.resolve(name + ".out")), Files.readString(folder.resolve(name + ".err")));
  }

  private Outcome run(String... arguments) throws IOException, InterruptedException {
    return end(start(root, root.resolve("quintet"), "run", arguments), "run");
  }

  private int builds() throws IOException {
    Path calls = folder.resolve("calls");
    return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
  }

  @Test
  void aMissingJavaIsAskedForWithTheLineThatInstallsIt() throws Exception {
    Files.delete(javaHome.resolve("bin/java"));
    run("info").assertError(1, "Java is missing", "apt-get install -y openjdk-17-jdk-headless");
  }

  @Test
  void anOldJavaIsNamedWithItsVersion() throws Exception {
    java("11.0.20");
    run("info").assertError(1, "11.0.20", "17 or newer", "apt-get install -y openjdk-17-jdk-headless");
  }

  @Test
  void missingToolsAreListedInTheLineThatInstallsThem() throws Exception {
    Files.delete(javaHome.resolve("bin/javac"));
    run("info").assertError(1, "apt-get install -y openjdk-17-jdk-headless maven cmake g++ ninja-build");
  }

  @Test
  void theFirstCallBuildsAndLaterOnesDoNotUntilASourceChanges() throws Exception {
    tools();
    Outcome first = run("info");
    assertEquals(0, first.status(), first.err());
    assertTrue(first.err().contains("Quintet models"), "progress is shown: " + first.err());
    assertTrue(first.out().endsWith("quintet-cli-1.jar info\n"), first.out());
    assertEquals("", run("models").err());
    assertEquals(1, builds());
    Files.writeString(root.resolve("native/new.cc"), "");
    run("models");
    assertEquals(2, builds());
  }

  @Test
  void twoFirstCallsAtATimeBuildOnce() throws Exception {
    tools();
    Process one = start(root, root.resolve("quintet"), "one", "info");
    Process two = start(root, root.resolve("quintet"), "two", "info");
    assertEquals(0, end(one, "one").status());
    assertEquals(0, end(two, "two").status());
    assertEquals(1, builds());
  }

  @Test
  void aBuildThatFailsSaysWhereItsOutputIsAndIsTriedAgain() throws Exception {
    tools();
    script(bin.resolve("mvn"), "echo '[ERROR] COMPILATION ERROR'", "exit 1");
    Outcome failed = run("info");
    assertEquals(1, failed.status());
    assertTrue(failed.err().contains("[ERROR] COMPILATION ERROR"), failed.err());
    assertTrue(failed.err().lines().reduce((a, b) -> b).orElseThrow().matches("error: the build failed.*build\\.log"), failed.err());
    tools();
    assertEquals(0, run("info").status());
  }

  @Test
  void itIsFoundThroughALinkAndFromAnyDirectory() throws Exception {
    tools();
    run("info");
    Path link = Files.createSymbolicLink(folder.resolve("q"), Path.of("tree/quintet"));
    Outcome outcome = end(start(Path.of("/"), link, "link", "summary", "a b"), "link");
    assertTrue(outcome.out().endsWith("-jar " + root.resolve("cli/target/quintet-cli-1.jar") + " summary a b\n"), outcome.out());
  }

  @Test
  void onlyLongCommandsAreCompiledForSpeed() throws Exception {
    tools();
    run("info");
    assertTrue(run("classify", "x.png").out().contains("-XX:TieredStopAtLevel=1"));
    assertFalse(run("bench", "lenet5").out().contains("-XX:TieredStopAtLevel=1"));
  }
}
