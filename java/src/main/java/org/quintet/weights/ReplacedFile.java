package org.quintet.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import org.quintet.WeightsException;

/**
 * Writes a file so that its name always leads to a whole one: the content goes to a temporary file in the same folder, to the disk, and
 * only then under the name. Whatever fails on the way, a file that was there before is untouched and the temporary one is gone.
 */
public final class ReplacedFile {
  private ReplacedFile() {}

  /** Writes the content. */
  public interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes {@code content} to {@code path}, replacing what is there; a symbolic link stays and what it leads to is replaced.
   *
   * @throws WeightsException naming the path and the system's reason if it cannot be written
   */
  public static void write(Path path, Content content) {
    try {
      Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
      if (Files.isDirectory(target)) {
        throw new FileSystemException(path.toString(), null, "it is a directory");
      }
      if (Files.exists(target) && !Files.isRegularFile(target)) {
        throw new FileSystemException(path.toString(), null, "it is no regular file");   // a device is not to be replaced by a file
      }
      Path temporary = target.resolveSibling(".%s.%08x.tmp".formatted(target.getFileName(), ThreadLocalRandom.current().nextInt()));
      try {
        fill(temporary, content);
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
      flushFolder(target);
    } catch (IOException | UncheckedIOException e) {
      throw new WeightsException("%s: cannot be written: %s".formatted(path, reason(e)), e);
    }
  }

  private static void fill(Path temporary, Content content) throws IOException {
    try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      content.writeTo(channel);
      channel.force(true);
    }
  }

  /** Puts the new name itself on the disk. Not every system lets a folder be opened; there the name follows a little later. */
  private static void flushFolder(Path target) {
    try (FileChannel folder = FileChannel.open(target.resolveSibling("."), StandardOpenOption.READ)) {
      folder.force(true);
    } catch (IOException ignored) {
      // the content is safe, and either the old or the new name is there after a crash
    }
  }

  /** Writes all of {@code bytes}. */
  public static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** The system's words; Java's exceptions for files often carry nothing but the path. */
  private static String reason(Exception e) {
    if (e instanceof NoSuchFileException) {
      return "there is no such folder";
    }
    if (e instanceof FileSystemException file) {
      return file.getReason() != null ? file.getReason() : file.getClass().getSimpleName().replace("Exception", "");
    }
    return Text.line(e.getMessage());
  }
}
