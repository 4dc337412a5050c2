package org.quintet.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.DType;
import org.quintet.WeightsException;

/** Writes safetensors files; see {@link SafetensorsReader} for the format. */
public final class SafetensorsWriter {
  private static final int PADDING = 8;
  private static final int BOUNDARY = 64;

  /** Bytes given to the system at a time. */
  private static final int WINDOW = 1 << 26;

  /** The type that floating point tensors are converted to; null: each keeps its own. */
  private final @Nullable DType floats;

  private SafetensorsWriter(@Nullable DType floats) {
    this.floats = floats;
  }

  /**
   * Writes {@code tensors}, whose memory stays open meanwhile, replacing {@code path} only when all is on the disk.
   *
   * @param floats F32, F16 or BF16: what floating point tensors become; null: each keeps its type. Others always do.
   * @throws WeightsException if a name cannot be written, or the file
   */
  public static void write(Path path, Collection<StoredTensor> tensors, @Nullable DType floats) {
    write(path, tensors, floats, Map.of());
  }

  /** The same with words beside the tensors, which {@link SafetensorsMetadata} reads; none if the map is empty. */
  public static void write(
      Path path, Collection<StoredTensor> tensors, @Nullable DType floats, Map<String, String> metadata) {
    SafetensorsWriter writer = new SafetensorsWriter(floats);
    // Wide elements first: so every tensor lies on a multiple of its element's size.
    List<StoredTensor> ordered = tensors.stream()
        .sorted(Comparator.comparingInt(t -> -writer.typeOf(t).bytes()))
        .toList();
    writer.write(path, ordered, metadata, PADDING);
  }

  /**
   * Writes {@code tensors} in their order, their memory open meanwhile. The first one starts on a boundary of 64 bytes in the file, and so do
   * those that follow as long as each has a multiple of 64 bytes.
   *
   * @throws WeightsException as {@link #write(Path, Collection, DType, Map)}
   */
  public static void writeAligned(Path path, List<StoredTensor> tensors, Map<String, String> metadata) {
    new SafetensorsWriter(null).write(path, tensors, metadata, BOUNDARY);
  }

  private void write(Path path, List<StoredTensor> ordered, Map<String, String> metadata, int boundary) {
    ByteBuffer header = header(path, ordered, metadata, boundary);
    ReplacedFile.write(path, channel -> {
      ReplacedFile.writeFully(channel, header);
      for (StoredTensor tensor : ordered) {
        writeTensor(tensor, channel);
      }
    });
  }

  private DType typeOf(StoredTensor tensor) {
    return switch (tensor.type()) {
      case F32, F16, BF16, F64 -> floats == null ? tensor.type() : floats;
      case I64, I32, U8, I8 -> tensor.type();
    };
  }

  private ByteBuffer header(Path path, List<StoredTensor> tensors, Map<String, String> metadata, int boundary) {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    try (JsonGenerator out = new JsonFactory().createGenerator(json)) {
      out.writeStartObject();
      if (!metadata.isEmpty()) {
        out.writeObjectFieldStart(SafetensorsReader.METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          out.writeStringField(entry.getKey(), entry.getValue());
        }
        out.writeEndObject();
      }
      long offset = 0;
      for (StoredTensor tensor : tensors) {
        offset = writeEntry(out, path, tensor, offset);
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new WeightsException("%s: the header cannot be written: %s".formatted(path, Text.line(e.getMessage())), e);
    }
    int start = SafetensorsReader.LENGTH_BYTES;
    int padded = (start + json.size() + boundary - 1) / boundary * boundary - start;   // the data begin on the boundary
    if (padded > SafetensorsReader.MAX_HEADER_BYTES) {
      throw new WeightsException("%s: %,d tensors are more than a safetensors header can name".formatted(path, tensors.size()));
    }
    ByteBuffer header = ByteBuffer.allocate(start + padded).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.fill(header.array(), (byte) ' ');
    return header.putLong(padded).put(json.toByteArray()).rewind();
  }

  /** Returns the offset behind the tensor. */
  private long writeEntry(JsonGenerator out, Path path, StoredTensor tensor, long offset) throws IOException {
    if (tensor.name().equals(SafetensorsReader.METADATA)) {
      throw new WeightsException("%s: a tensor cannot have the name %s in a safetensors file".formatted(path, Text.quote(tensor.name())));
    }
    DType type = typeOf(tensor);
    long end = Math.addExact(offset, tensor.elements() * type.bytes());
    out.writeObjectFieldStart(tensor.name());
    out.writeStringField("dtype", type.name());
    out.writeFieldName("shape");
    out.writeArray(tensor.shape(), 0, tensor.shape().length);
    out.writeFieldName("data_offsets");
    out.writeArray(new long[] {offset, end}, 0, 2);
    out.writeEndObject();
    return end;
  }

  private void writeTensor(StoredTensor tensor, FileChannel channel) throws IOException {
    if (typeOf(tensor) == tensor.type()) {
      for (long done = 0; done < tensor.bytes(); done += WINDOW) {
        int length = (int) Math.min(WINDOW, tensor.bytes() - done);
        ReplacedFile.writeFully(channel, tensor.memory().view(tensor.offset() + done, length));
      }
    } else {
      convert(tensor, channel);
    }
  }

  private void convert(StoredTensor tensor, FileChannel channel) throws IOException {
    DType target = typeOf(tensor);
    float[] values = new float[Elements.CHUNK];
    ByteBuffer out = ByteBuffer.allocate(Elements.CHUNK * target.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (long done = 0; done < tensor.elements(); done += Elements.CHUNK) {
      int count = (int) Math.min(Elements.CHUNK, tensor.elements() - done);
      long offset = tensor.offset() + done * tensor.type().bytes();
      Elements.read(tensor.memory(), offset, tensor.type(), ByteOrder.LITTLE_ENDIAN, values, 0, count);
      Elements.encode(target, values, count, out.clear());
      ReplacedFile.writeFully(channel, out.flip());
    }
  }
}
