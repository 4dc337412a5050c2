package org.quintet.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What Linux says about this process's memory. */
public final class ProcessStatus {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessStatus() {}

  /** Bytes resident now. */
  public static long resident() {
    return kilobytes("VmRSS") << 10;
  }

  /** The most bytes that were resident at a time. */
  public static long peakResident() {
    return kilobytes("VmHWM") << 10;
  }

  /** Bytes of address space in use. */
  public static long addressSpace() {
    return kilobytes("VmSize") << 10;
  }

  /** Threads of the process, native ones too. */
  public static long threads() {
    return kilobytes("Threads");
  }

  /** Prints {@code name=value}, for {@link ChildJvm.Ended#number}. */
  public static void report(String name, long value) {
    System.out.printf(Locale.ROOT, "%s=%d%n", name, value);
  }

  private static long kilobytes(String name) {
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(name + ":"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException(STATUS + " has no " + name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
