package org.quintet.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.quintet.ArgumentException;
import org.quintet.DType;
import org.quintet.FormatException;
import org.quintet.UnsupportedException;
import org.quintet.internal.Memory;
import org.quintet.internal.NativeFile;

/**
 * One array in NumPy's {@code .npy} form: a text with type and shape, then the numbers. Float32 and float64 are read, both as floats, in C
 * or Fortran order; float32 in C order is written.
 *
 * @param shape dimensions, outermost first; empty for a scalar
 * @param values row-major
 */
public record Npy(long[] shape, float[] values) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_HEADER_BYTES = 1 << 16;
  private static final int ALIGNMENT = 64;
  private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\s]*)\\)");

  /** @throws ArgumentException if the shape's product is not the number of values */
  public Npy {
    if (Shapes.elements(shape) != values.length) {
      throw new ArgumentException("shape %s is not that of %,d values".formatted(Shapes.text(shape), values.length));
    }
  }

  /**
   * Reads {@code path}.
   *
   * @throws FormatException if it cannot be read, is no .npy file, or has not exactly the numbers that it claims
   * @throws UnsupportedException if the numbers are of another type, or more than an array holds
   */
  public static Npy read(Path path) {
    try (Memory file = NativeFile.open(path)) {
      return read(file);
    }
  }

  /** Reads the array that {@code file} is. */
  static Npy read(Memory file) {
    return new Reader(file).read();
  }

  /**
   * Writes the remaining {@code values}, which do not move, as float32 in C order; an existing file is replaced only when all is on the
   * disk.
   *
   * @throws ArgumentException if the shape's product is not the number of values
   * @throws org.quintet.WeightsException if the file cannot be written
   */
  public static void write(Path path, long[] shape, FloatBuffer values) {
    if (Shapes.elements(shape) != values.remaining()) {
      throw new ArgumentException("shape %s is not that of %,d values".formatted(Shapes.text(shape), values.remaining()));
    }
    FloatBuffer source = values.duplicate();
    ReplacedFile.write(path, channel -> {
      ReplacedFile.writeFully(channel, header(shape));
      writeValues(source, channel);
    });
  }

  private static void writeValues(FloatBuffer source, FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Elements.CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    float[] part = new float[Elements.CHUNK];
    while (source.hasRemaining()) {
      int count = Math.min(Elements.CHUNK, source.remaining());
      source.get(part, 0, count);
      Elements.encode(DType.F32, part, count, bytes.clear());
      ReplacedFile.writeFully(channel, bytes.flip());
    }
  }

  private static ByteBuffer header(long[] shape) {
    String dimensions = Arrays.toString(shape).replaceAll("[\\[\\]]", "") + (shape.length == 1 ? "," : "");
    String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }".formatted(dimensions);
    int fixed = MAGIC.length + 4;
    int total = (fixed + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;   // numpy ends the header with a newline
    ByteBuffer header = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.fill(header.array(), (byte) ' ');
    header.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (total - fixed)).put(text.getBytes(StandardCharsets.US_ASCII));
    return header.put(total - 1, (byte) '\n').rewind();
  }

  /** Reads one file; its parts in order. */
  private static final class Reader {
    private final Memory file;

    Reader(Memory file) {
      this.file = file;
    }

    Npy read() {
      int fixed = MAGIC.length + 2;
      if (file.size() < fixed + 2 || !file.view(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
        throw failure("this is no .npy file: " + Signature.describe(file));
      }
      int version = file.view(MAGIC.length, 1).get();
      int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
      if (version < 1 || version > 3 || file.size() < fixed + lengthBytes) {
        throw failure("version %d of the .npy form is unknown".formatted(version));
      }
      ByteBuffer length = file.view(fixed, lengthBytes);
      long headerBytes = version == 1 ? length.getShort() & 0xffff : length.getInt() & 0xffffffffL;
      long start = fixed + lengthBytes + headerBytes;
      if (headerBytes > MAX_HEADER_BYTES || start > file.size()) {
        throw failure("its header claims %,d bytes".formatted(headerBytes));
      }
      byte[] text = new byte[(int) headerBytes];
      file.view(fixed + lengthBytes, text.length).get(text);
      return readValues(new String(text, StandardCharsets.UTF_8), start);
    }

    private Npy readValues(String header, long start) {
      String typeName = find(TYPE, header, "descr");
      if (!typeName.matches("[<>=]f[48]")) {
        throw new UnsupportedException("%s: type %s is not supported; float32 and float64 are".formatted(file.name(), Text.quote(typeName)));
      }
      DType type = typeName.endsWith("8") ? DType.F64 : DType.F32;
      long[] shape = parseShape(find(SHAPE, header, "shape"));
      long bytes = Shapes.bytes(type, shape);
      if (bytes != file.size() - start) {
        throw failure("shape %s of %s does not fit its %,d bytes of numbers".formatted(Shapes.text(shape), type, file.size() - start));
      }
      long elements = bytes / type.bytes();
      if (elements > Integer.MAX_VALUE - 8) {
        throw new UnsupportedException("%s: %,d numbers are too many".formatted(file.name(), elements));
      }
      float[] values = new float[(int) elements];
      ByteOrder order = typeName.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
      Elements.read(file, start, type, order, values, 0, values.length);
      return new Npy(shape, find(ORDER, header, "fortran_order").equals("True") ? rowMajor(values, shape) : values);
    }

    /** {@code columnMajor} (NumPy's Fortran order: the first index runs fastest) with the last index running fastest. */
    private static float[] rowMajor(float[] columnMajor, long[] shape) {
      float[] values = new float[columnMajor.length];
      long[] index = new long[shape.length];
      for (int i = 0; i < values.length; i++) {
        long from = 0;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
          from = from * shape[axis] + index[axis];
        }
        values[i] = columnMajor[(int) from];
        for (int axis = shape.length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) {
          index[axis] = 0;
        }
      }
      return values;
    }

    private long[] parseShape(String text) {
      try {
        long[] shape = Arrays.stream(text.split(",")).map(String::strip).filter(part -> !part.isEmpty()).mapToLong(Long::parseLong).toArray();
        if (shape.length > TensorIndex.MAX_RANK) {
          throw failure("%d dimensions are more than %d".formatted(shape.length, TensorIndex.MAX_RANK));
        }
        return shape;
      } catch (NumberFormatException e) {
        throw failure("shape %s is impossible".formatted(Text.quote(text)));
      }
    }

    private String find(Pattern pattern, String header, String key) {
      Matcher matcher = pattern.matcher(header);
      if (!matcher.find()) {
        throw failure("its header has no %s".formatted(key));
      }
      return matcher.group(1);
    }

    private FormatException failure(String what) {
      return new FormatException("%s: %s".formatted(file.name(), what));
    }
  }
}
