package org.quintet.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Protobuf messages written by hand, right or wrong; field numbers of onnx.proto3. */
final class OnnxBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A model of one graph with these initializers. */
  static byte[] model(OnnxBytes... initializers) {
    OnnxBytes graph = new OnnxBytes().text(2, "graph");
    for (OnnxBytes initializer : initializers) {
      graph.message(5, initializer);
    }
    return new OnnxBytes().number(1, 8).text(2, "test").message(7, graph).toBytes();
  }

  /** A TensorProto without values. */
  static OnnxBytes tensor(String name, int type, long... dims) {
    OnnxBytes tensor = new OnnxBytes();
    for (long dim : dims) {
      tensor.number(1, dim);
    }
    return tensor.number(2, type).text(8, name);
  }

  OnnxBytes raw(byte... values) {
    return bytes(9, values);
  }

  OnnxBytes floats(int field, float... values) {
    ByteBuffer packed = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    packed.asFloatBuffer().put(values);
    return bytes(field, packed.array());
  }

  OnnxBytes singleFloat(int field, float value) {
    varint(field << 3 | 5);
    out.writeBytes(ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
    return this;
  }

  OnnxBytes packedNumbers(int field, long... values) {
    OnnxBytes packed = new OnnxBytes();
    for (long value : values) {
      packed.varint(value);
    }
    return message(field, packed);
  }

  OnnxBytes external(String key, String value) {
    return message(13, new OnnxBytes().text(1, key).text(2, value));
  }

  OnnxBytes number(int field, long value) {
    return varint((long) field << 3).varint(value);
  }

  OnnxBytes text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  OnnxBytes message(int field, OnnxBytes message) {
    return bytes(field, message.toBytes());
  }

  OnnxBytes bytes(int field, byte... value) {
    return length(field, value.length).plain(value);
  }

  /** The tag and length of a field that follows, or does not. */
  OnnxBytes length(int field, long length) {
    return varint((long) field << 3 | 2).varint(length);
  }

  OnnxBytes plain(byte... value) {
    out.writeBytes(value);
    return this;
  }

  OnnxBytes varint(long value) {
    long rest = value;
    for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
      out.write((int) (rest & 0x7f | 0x80));
    }
    out.write((int) rest);
    return this;
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}
