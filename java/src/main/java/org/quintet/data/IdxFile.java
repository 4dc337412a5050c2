package org.quintet.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.quintet.FormatException;

/**
 * A file of unsigned bytes in MNIST's format: two zeros, type 8, rank, one big-endian 32-bit number a dimension, then the bytes,
 * outermost dimension first. May be compressed by gzip, whatever its name.
 *
 * @param file where it was read
 * @param shape dimensions, outermost first
 * @param data all bytes
 */
record IdxFile(Path file, int[] shape, byte[] data) {
  private static final int UNSIGNED_BYTES = 0x08;
  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int MOST_BYTES = Integer.MAX_VALUE - 16;

  /**
   * Reads a file whole.
   *
   * @param rank the dimensions it must have
   * @throws FormatException naming the file, what was found and what was expected
   */
  static IdxFile read(Path file, int rank) {
    try (DataInputStream in = new DataInputStream(open(file))) {
      int[] shape = readShape(file, in, rank);
      int bytes = product(file, shape);
      byte[] data = in.readNBytes(bytes);   // grows as it reads: a header that lies costs no memory
      if (data.length < bytes) {
        throw new FormatException("%s: truncated: its header promises %,d bytes of data, it has %,d".formatted(file, bytes, data.length));
      }
      if (in.read() >= 0) {
        throw new FormatException("%s: there is more in it than the %,d bytes its header promises".formatted(file, bytes));
      }
      return new IdxFile(file, shape, data);
    } catch (NoSuchFileException e) {
      throw new FormatException(file + ": no such file", e);
    } catch (EOFException e) {
      throw new FormatException(file + ": truncated: the file ends too early", e);
    } catch (IOException e) {
      throw new FormatException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static InputStream open(Path file) throws IOException {
    BufferedInputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    try {
      in.mark(2);
      int magic = in.read() << 8 | in.read();
      in.reset();
      return magic == GZIP_MAGIC ? new BufferedInputStream(new GZIPInputStream(in, 1 << 16), 1 << 16) : in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static int[] readShape(Path file, DataInputStream in, int rank) throws IOException {
    int magic = in.readInt();
    if (magic != (UNSIGNED_BYTES << 8 | rank)) {
      throw new FormatException(
          "%s: begins with %08x, expected %08x: unsigned bytes of %d dimensions in MNIST's format".formatted(
              file, magic, UNSIGNED_BYTES << 8 | rank, rank));
    }
    int[] shape = new int[rank];
    for (int i = 0; i < rank; i++) {
      shape[i] = in.readInt();
    }
    return shape;
  }

  private static int product(Path file, int[] shape) {
    long product = 1;
    for (int dim : shape) {
      if (dim < 0 || dim > 0 && product > MOST_BYTES / dim) {
        throw new FormatException(file + ": its header's dimensions are impossible: " + Arrays.toString(shape));
      }
      product *= dim;
    }
    return (int) product;
  }
}
