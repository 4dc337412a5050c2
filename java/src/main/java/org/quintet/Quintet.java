package org.quintet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.quintet.internal.JsonText;
import org.quintet.internal.Native;
import org.quintet.internal.NativeLibraries;
import org.quintet.internal.bindings.Core;

/** Facts about this library, the machine and what is in use. Thread-safe. */
public final class Quintet {
  private Quintet() {}

  /** This library's version. */
  public static String version() {
    return Build.VERSION;
  }

  /**
   * Begins to load the native libraries in the background and returns at once: the first use then waits for less. {@code Models} of
   * {@code quintet-models} does so when it is first used. If they cannot be loaded, the first use says why; if they have never been
   * unpacked on this machine, the first use does that.
   */
  public static void preload() {
    NativeLibraries.loadAhead();
  }

  /** Bytes that native code holds now: weights and activations. */
  public static long nativeMemory() {
    return Native.call(Core::native_memory);
  }

  /** The most bytes that native code has held at a time. */
  public static long peakNativeMemory() {
    return Native.call(Core::peak_native_memory);
  }

  /** CPUs that may be used: the least of affinity, cgroup quota rounded up, and those there are. */
  public static int allowedThreads() {
    return Native.call(Core::allowed_threads);
  }

  /** A JSON object about CPU, instruction sets, caches, quota and the versions of native libraries. */
  public static String cpuReport() {
    return Native.call(Core::cpu_report);
  }

  /** The version of oneDNN in use. */
  static String onednnVersion() {
    return String.valueOf(JsonText.object("the report on the CPU", cpuReport()).get("onednn"));
  }

  /** Files from which the native libraries were loaded, in order; a private copy may be gone from the disk since. */
  public static List<Path> nativeLibraries() {
    return NativeLibraries.files();
  }

  private static final class Build {
    static final String VERSION = read();

    private static String read() {
      Properties properties = new Properties();
      try (InputStream in = Quintet.class.getResourceAsStream("version.properties")) {
        if (in != null) {
          properties.load(in);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return properties.getProperty("version", "unknown");
    }
  }
}
