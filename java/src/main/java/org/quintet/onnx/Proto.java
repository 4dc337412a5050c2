package org.quintet.onnx;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Builds the messages of onnx.proto3 that a model needs; numbers of fields and types are that file's. */
final class Proto {
  static final int FLOAT = 1;
  static final int INT64 = 7;

  private static final int ATTRIBUTE_FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int ATTRIBUTE_TENSOR = 4;
  private static final int ATTRIBUTE_INTS = 7;

  private Proto() {}

  /** Writes a message's fields. */
  interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  /** The bytes of a message. */
  static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** AttributeProto: a real number. */
  static byte[] attribute(String name, float value) {
    return message(out -> {
      out.writeString(1, name);
      out.writeFloat(2, value);
      out.writeInt32(20, ATTRIBUTE_FLOAT);
    });
  }

  /** AttributeProto: a whole number. */
  static byte[] attribute(String name, long value) {
    return message(out -> {
      out.writeString(1, name);
      out.writeInt64(3, value);
      out.writeInt32(20, ATTRIBUTE_INT);
    });
  }

  /** AttributeProto: a list of whole numbers. */
  static byte[] attribute(String name, long[] values) {
    return message(out -> {
      out.writeString(1, name);
      for (long value : values) {
        out.writeInt64(8, value);
      }
      out.writeInt32(20, ATTRIBUTE_INTS);
    });
  }

  /** AttributeProto: a tensor, as its message. */
  static byte[] attributeTensor(String name, byte[] tensor) {
    return message(out -> {
      out.writeString(1, name);
      out.writeByteArray(5, tensor);
      out.writeInt32(20, ATTRIBUTE_TENSOR);
    });
  }

  /** TensorProto: a list of whole numbers. */
  static byte[] tensor(long[] values) {
    return message(out -> {
      out.writeInt64(1, values.length);
      out.writeInt32(2, INT64);
      for (long value : values) {
        out.writeInt64(7, value);
      }
    });
  }

  /** TensorProto: one real number, without dimensions. */
  static byte[] tensor(float value) {
    return message(out -> {
      out.writeInt32(2, FLOAT);
      out.writeFloat(4, value);
    });
  }

  /** All of a TensorProto of floats but its field {@code raw_data}, which has to follow. */
  static byte[] floatsHead(String name, long[] shape) {
    return message(out -> {
      for (long dimension : shape) {
        out.writeInt64(1, dimension);
      }
      out.writeInt32(2, FLOAT);
      out.writeString(8, name);
    });
  }

  /** ValueInfoProto: floats of {@code shape} in a batch of any size, whose dimension is called N. */
  static byte[] batch(String name, long[] shape) {
    byte[] dimensions = message(out -> {
      out.writeByteArray(1, message(any -> any.writeString(2, "N")));
      for (long dimension : shape) {
        out.writeByteArray(1, message(fixed -> fixed.writeInt64(1, dimension)));
      }
    });
    byte[] tensor = message(out -> {
      out.writeInt32(1, FLOAT);
      out.writeByteArray(2, dimensions);
    });
    return message(out -> {
      out.writeString(1, name);
      out.writeByteArray(2, message(type -> type.writeByteArray(1, tensor)));
    });
  }
}
