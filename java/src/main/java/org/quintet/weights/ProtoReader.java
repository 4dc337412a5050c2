package org.quintet.weights;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.quintet.internal.Memory;

/**
 * Walks protobuf messages in a window of memory, knowing at every moment where it is: what is large is skipped and later viewed, never
 * copied. Wire format and limits are those of protobuf's own {@link CodedInputStream}, in its streaming form: the one over direct buffers
 * needs {@code sun.misc.Unsafe}, of which newer JDKs warn.
 */
final class ProtoReader {
  /** A field of a message. */
  interface FieldHandler {
    /** Reads the field's value, or returns false without reading anything, and it will be skipped. */
    boolean read(int number, int wireType) throws IOException;
  }

  private final long start;
  private final CodedInputStream in;

  /** Reads {@code length} bytes of {@code memory} from {@code start}. */
  ProtoReader(Memory memory, long start, int length) throws IOException {
    this.start = start;
    this.in = CodedInputStream.newInstance(new MemoryStream(memory.view(start, length)));
    in.pushLimit(length);   // so that a length that leaves the window is refused where it is read
  }

  /** Where in the memory the next byte to be read is. */
  long position() {
    return start + in.getTotalBytesRead();
  }

  /** Reads fields to the end of the message or window. */
  void fields(FieldHandler handler) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (!handler.read(WireFormat.getTagFieldNumber(tag), WireFormat.getTagWireType(tag)) && !in.skipField(tag)) {
        throw new IOException("a group ends that never began");
      }
    }
  }

  /** Reads a length, then as many bytes as one message. */
  void message(FieldHandler handler) throws IOException {
    int limit = in.pushLimit(length());
    fields(handler);
    in.checkLastTagWas(0);
    in.popLimit(limit);
  }

  /** Reads a length and skips as many bytes; {@link #position()} before them is the length's end. Returns where they are. */
  Range bytes() throws IOException {
    int length = length();
    long offset = position();
    in.skipRawBytes(length);
    return new Range(offset, length);
  }

  /** Reads UTF-8 of at most {@code most} bytes. */
  String text(int most) throws IOException {
    int length = length();
    if (length > most) {
      throw new IOException("a text of %,d bytes is longer than %,d".formatted(length, most));
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(in.readRawBytes(length))).toString();
    } catch (CharacterCodingException e) {
      throw new IOException("a text is no valid UTF-8", e);
    }
  }

  /** Reads one value, or a packed list of them, of varints; each goes to {@code values}. */
  void varints(int wireType, VarintHandler values) throws IOException {
    if (wireType == WireFormat.WIRETYPE_VARINT) {
      values.accept(in.readInt64());
    } else {
      int limit = in.pushLimit(length());
      while (in.getBytesUntilLimit() > 0) {
        values.accept(in.readInt64());
      }
      in.popLimit(limit);
    }
  }

  long varint() throws IOException {
    return in.readInt64();
  }

  /** Where one value of {@code width} bytes is, or a packed list of such. */
  Range fixed(int wireType, int width) throws IOException {
    if (wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      return bytes();
    }
    long offset = position();
    in.skipRawBytes(width);
    return new Range(offset, width);
  }

  private int length() throws IOException {
    int length = in.readRawVarint32();
    if (length < 0) {
      throw new IOException("a length of %,d bytes is beyond protobuf's limit".formatted(Integer.toUnsignedLong(length)));
    }
    return length;
  }

  /** Takes the values of a list. */
  interface VarintHandler {
    void accept(long value) throws IOException;
  }

  /** Bytes in the memory. */
  record Range(long offset, int length) {}
}
