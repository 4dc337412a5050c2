package org.quintet.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.quintet.Quintet;

/** Versions of what takes part. */
final class Versions {
  private static final String JAVACPP = "/META-INF/maven/org.bytedeco/javacpp/pom.properties";

  private Versions() {}

  /** By name; {@code cpu} is {@link Quintet#cpuReport()}. */
  static Map<String, @Nullable Object> of(Map<String, Object> cpu) {
    return Json.object(
        "quintet", Quintet.version(),
        "onednn", cpu.get("onednn"),
        "javacpp", javacpp(),
        "java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
  }

  private static String javacpp() {
    Properties properties = new Properties();
    try (InputStream in = Versions.class.getResourceAsStream(JAVACPP)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }
}
