package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What a command left behind: its status and what it printed. */
record Outcome(int status, String out, String err) {
  /** Runs a command in this process. */
  static Outcome of(Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status = QuintetCli.execute(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** The document it printed, having succeeded. */
  Map<String, Object> json() {
    assertEquals(0, status, err);
    return document();
  }

  /** The document it printed. */
  Map<String, Object> document() {
    try {
      return JSON.std.mapFrom(out);
    } catch (IOException e) {
      throw new UncheckedIOException(out, e);
    }
  }

  /** It failed with this status, nothing on stdout, and on stderr one line that begins with "error:" and holds all of {@code words}. */
  void assertError(int expectedStatus, String... words) {
    assertEquals(expectedStatus, status, out + err);
    assertEquals("", out);
    assertErrorLine(words);
  }

  /** On stderr is one line that begins with "error:" and holds all of {@code words}. */
  void assertErrorLine(String... words) {
    List<String> lines = err.lines().toList();
    assertEquals(1, lines.size(), err);
    assertTrue(err.startsWith("error: "), err);
    for (String word : words) {
      assertTrue(err.contains(word), () -> "'" + word + "' in " + err);
    }
  }

  /** It failed with this status, and the last line on stderr, behind any progress, begins with "error:" and holds all of {@code words}. */
  void assertLastError(int expectedStatus, String... words) {
    List<String> lines = err.lines().toList();
    new Outcome(status, out, lines.isEmpty() ? "" : lines.get(lines.size() - 1)).assertError(expectedStatus, words);
  }

  /** The objects in the list under {@code key}. */
  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> objects(Map<String, Object> document, String key) {
    return (List<Map<String, Object>>) document.get(key);
  }
}
