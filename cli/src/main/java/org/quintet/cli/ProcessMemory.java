package org.quintet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** This process's memory as Linux counts it. */
final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMemory() {}

  /** Bytes in memory now; null where the system does not say. */
  static @Nullable Long resident() {
    return field("VmRSS:");
  }

  /** The most bytes that were in memory at a time; null where the system does not say. */
  static @Nullable Long peak() {
    return field("VmHWM:");
  }

  private static @Nullable Long field(String name) {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(name))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }
}
