package org.quintet.internal;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.quintet.UnsupportedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds, unpacks and loads the native libraries, once per process: OpenMP and oneDNN from Bytedeco's jar, then Quintet's own.
 *
 * <p>Libraries in jars are unpacked into a cache: {@code -Dquintet.cache}, else the environment's {@code QUINTET_CACHE}, else
 * {@code $XDG_CACHE_HOME/quintet} or {@code ~/.cache/quintet}; where that cannot be written or forbids execution, into a
 * directory of {@code java.io.tmpdir} for this process alone. The name of a cached file holds its checksum and it appears there
 * complete or not at all, so that processes and versions share a cache without locks. Files on the class path are used in place.
 *
 * <p>JavaCPP's own {@link Loader} would overwrite a cached library of the same jar name, possibly under a running program; it
 * is told of the one loaded here, and finds nothing left to do.
 */
public final class NativeLibraries {
  /** System property for the cache's directory. */
  public static final String CACHE_PROPERTY = "quintet.cache";
  /** Environment variable for the cache's directory, used if the property is not set. */
  public static final String CACHE_VARIABLE = "QUINTET_CACHE";

  private static final String PLATFORM = "linux-x86_64";
  private static final String OURS = "org/quintet/natives/" + PLATFORM + "/";
  private static final String BYTEDECO = "org/bytedeco/dnnl/" + PLATFORM + "/";
  private static final String JNI = "jniquintet";

  /** In the order in which they need each other. */
  private static final List<String> RESOURCES =
      List.of(BYTEDECO + "libgomp.so.1", BYTEDECO + "libdnnl.so.3", OURS + "libquintet.so", OURS + "lib" + JNI + ".so");

  private static volatile @Nullable List<Path> loaded;

  private NativeLibraries() {}

  /** Apart, for a logging framework takes longer to start than the libraries take to load, and most programs never hear from this one. */
  private static final class Log {
    static final Logger LOG = LoggerFactory.getLogger(NativeLibraries.class);
  }

  /**
   * Loads the libraries unless that has happened.
   *
   * @throws UnsupportedException if this is not Linux on x86-64, the libraries are not on the class path, or no directory can
   *     take them
   */
  public static void load() {
    if (loaded == null) {
      loadOnce();
    }
  }

  /**
   * Begins to load the libraries in a thread of its own, if they are unpacked: a program that ends soon would leave half a file. Who needs
   * them waits for it, and gets the error if it fails.
   */
  public static void loadAhead() {
    Threads.background("quintet-natives", () -> {
      try {
        if (areUnpacked()) {
          load();
        }
      } catch (UnsupportedException | IOException | URISyntaxException e) {
        Log.LOG.debug("native libraries are not loaded ahead", e);
      }
    });
  }

  private static boolean areUnpacked() throws IOException, URISyntaxException {
    checkPlatform();
    @Nullable Path cache = cacheDirectory();
    for (String resource : RESOURCES) {
      if (cache == null || !Files.isReadable(place(find(resource), cache))) {
        return false;
      }
    }
    return true;
  }

  /** The files that were loaded, in order. */
  public static List<Path> files() {
    load();
    List<Path> files = loaded;
    return files == null ? List.of() : files;
  }

  /**
   * A directory of this name for what may be lost, in the cache that the class description names.
   *
   * @throws UnsupportedException if there is no place for a cache
   */
  public static Path cacheDirectory(String name) {
    Path cache = cacheDirectory();
    if (cache == null) {
      throw new UnsupportedException("there is no home directory for a cache: set -D" + CACHE_PROPERTY + " or " + CACHE_VARIABLE);
    }
    return cache.resolve(name);
  }

  private static synchronized void loadOnce() {
    if (loaded != null) {
      return;
    }
    checkPlatform();
    List<URL> urls = RESOURCES.stream().map(NativeLibraries::find).toList();
    List<String> failures = new ArrayList<>();
    @Nullable Path cache = cacheDirectory();
    if (cache != null && tryLoad(urls, cache, failures)) {
      return;
    }
    boolean chosen = setting() != null;
    if (!chosen && loadFromPrivateDirectory(urls, failures)) {
      Log.LOG.warn(
          "Native libraries are unpacked anew at every start, because {}. Set -D{} or {} to a directory that is writable and allows"
              + " execution.",
          failures.get(0), CACHE_PROPERTY, CACHE_VARIABLE);
      return;
    }
    throw new UnsupportedException(
        "Quintet's native libraries could not be loaded: " + String.join("; ", failures) + ". Set -D" + CACHE_PROPERTY + " or "
            + CACHE_VARIABLE + " to a directory that is writable and allows execution.");
  }

  private static void checkPlatform() {
    String os = System.getProperty("os.name", "");
    String arch = System.getProperty("os.arch", "");
    if (!os.toLowerCase(Locale.ROOT).startsWith("linux") || !(arch.equals("amd64") || arch.equals("x86_64"))) {
      throw new UnsupportedException("Quintet runs on Linux on x86-64, not on " + os + " on " + arch);
    }
  }

  private static URL find(String resource) {
    URL url = NativeLibraries.class.getClassLoader().getResource(resource);
    if (url == null) {
      String artifact = resource.startsWith(OURS) ? "org.quintet:quintet" : "org.bytedeco:dnnl";
      throw new UnsupportedException(
          resource + " is not on the class path: add the artifact " + artifact + " with classifier " + PLATFORM);
    }
    return url;
  }

  private static @Nullable String setting() {
    String property = System.getProperty(CACHE_PROPERTY);
    return property != null ? property : System.getenv(CACHE_VARIABLE);
  }

  private static @Nullable Path cacheDirectory() {
    String setting = setting();
    if (setting != null) {
      return Path.of(setting).toAbsolutePath();
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    if (xdg != null && Path.of(xdg).isAbsolute()) {
      return Path.of(xdg, "quintet");
    }
    String home = System.getProperty("user.home");
    return home == null || !Path.of(home).isAbsolute() ? null : Path.of(home, ".cache", "quintet");
  }

  /** Unlinks the files once they are loaded: Linux keeps what is mapped. */
  private static boolean loadFromPrivateDirectory(List<URL> urls, List<String> failures) {
    Path directory;
    try {
      directory = Files.createTempDirectory("quintet-");
    } catch (IOException e) {
      failures.add("no directory can be made in " + System.getProperty("java.io.tmpdir") + " (" + e + ")");
      return false;
    }
    try {
      return tryLoad(urls, directory, failures);
    } finally {
      deleteTree(directory.toFile());
    }
  }

  private static boolean tryLoad(List<URL> urls, Path cache, List<String> failures) {
    List<Path> files = new ArrayList<>();
    try {
      for (URL url : urls) {
        files.add(fileOf(url, cache));
      }
    } catch (IOException | URISyntaxException e) {
      failures.add(cache + " cannot be filled (" + e + ")");
      return false;
    }
    try {
      Thread bindings = initializing(Pointer.class);
      for (Path file : files.subList(0, files.size() - 1)) {
        loadFile(file);
      }
      Threads.join(bindings);   // the last library waits for these classes in a lock that they may need
      loadFile(files.get(files.size() - 1));
      Loader.loadLibrary(NativeLibraries.class, new URL[] {files.get(files.size() - 1).toUri().toURL()}, JNI);
    } catch (IOException | UnsatisfiedLinkError e) {
      failures.add("files in " + cache + " cannot be loaded (" + e.getMessage() + ")");
      return false;
    }
    loaded = List.copyOf(files);
    return true;
  }

  /** A thread that initializes JavaCPP's classes, which takes as long as loading oneDNN does. */
  private static Thread initializing(Class<?> type) {
    return Threads.background("quintet-bindings", () -> {
      try {
        Class.forName(type.getName(), true, type.getClassLoader());
      } catch (ClassNotFoundException | LinkageError e) {
        Log.LOG.debug("{} is not initialized ahead", type, e);   // whoever needs it gets the error
      }
    });
  }

  @SuppressWarnings("restricted")   // loading native code is what this class is for
  private static void loadFile(Path file) {
    try {
      System.load(file.toString());
    } catch (UnsatisfiedLinkError e) {
      // With two class loaders in one process: the libraries below the JNI one are found by name, whoever loaded them.
      boolean elsewhere = String.valueOf(e.getMessage()).contains("already loaded in another classloader");
      if (!elsewhere || file.endsWith("lib" + JNI + ".so")) {
        throw e;
      }
    }
  }

  /** The library at {@code url}, unpacked if need be. */
  private static Path fileOf(URL url, Path cache) throws IOException, URISyntaxException {
    Path file = place(url, cache);
    if (!Files.isReadable(file)) {
      try (InputStream in = open(url).getInputStream()) {
        unpack(in, file);
      }
    }
    return file;
  }

  /** Where the library at {@code url} is or would be. */
  private static Path place(URL url, Path cache) throws IOException, URISyntaxException {
    if (url.getProtocol().equals("file")) {
      return Path.of(url.toURI());
    }
    String path = url.getPath();
    String name = path.substring(path.lastIndexOf('/') + 1);
    URLConnection connection = open(url);
    String id;
    try (InputStream in = connection.getInputStream()) {
      id = connection instanceof JarURLConnection jar ? id(jar.getJarEntry().getCrc(), jar.getJarEntry().getSize()) : idByReading(in);
    }
    return cache.resolve(name + "-" + id).resolve(name);
  }

  private static URLConnection open(URL url) throws IOException {
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false);   // the jar would stay open for ever otherwise
    return connection;
  }

  private static String id(long crc, long size) {
    String digits = Long.toHexString(crc);   // a formatter would be the first in the process, and load what it needs for ten milliseconds
    return "0".repeat(8 - digits.length()) + digits + "-" + size;
  }

  private static String idByReading(InputStream in) throws IOException {
    CRC32 crc = new CRC32();
    long size = new CheckedInputStream(in, crc).transferTo(OutputStream.nullOutputStream());
    return id(crc.getValue(), size);
  }

  private static void unpack(InputStream in, Path file) throws IOException {
    Path directory = Files.createDirectories(file.getParent());
    Path half = Files.createTempFile(directory, "unpacking-", ".tmp");
    try {
      Files.copy(in, half, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel written = FileChannel.open(half, StandardOpenOption.WRITE)) {
        written.force(true);   // or a power failure leaves the right name on the wrong bytes
      }
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(half);
    }
  }

  private static void deleteTree(File file) {
    File[] children = file.listFiles();
    for (File child : children == null ? new File[0] : children) {
      deleteTree(child);
    }
    if (!file.delete()) {
      Log.LOG.debug("{} could not be deleted", file);
    }
  }
}
