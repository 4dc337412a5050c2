package org.quintet.weights;

import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.DType;
import org.quintet.UnsupportedException;
import org.quintet.internal.Memory;

/**
 * One {@code TensorProto} of an ONNX file. Its values are in one of three places: {@code raw_data} or a packed list, which are plain bytes
 * in the file and stay there; lists of varints or in pieces, which are decoded into memory of their own; or another file.
 */
final class OnnxTensor {
  /** Fields of TensorProto. */
  private static final int DIMS = 1;
  private static final int DATA_TYPE = 2;
  private static final int SEGMENT = 3;
  private static final int FLOAT_DATA = 4;
  private static final int INT32_DATA = 5;
  private static final int INT64_DATA = 7;
  private static final int NAME = 8;
  private static final int RAW_DATA = 9;
  private static final int DOUBLE_DATA = 10;
  private static final int EXTERNAL_DATA = 13;
  private static final int DATA_LOCATION = 14;

  private final Memory file;
  private final long start;
  private final Map<String, String> external = new HashMap<>();
  private String name = "";
  private long[] shape = {};
  private long dataType;
  private boolean isExternal;
  private ProtoReader.@Nullable Range raw;
  private ProtoReader.@Nullable Range list;   // the values as one run of plain bytes
  private int listField;
  private int listPieces;
  private long listCount;
  private long end;

  private OnnxTensor(Memory file, long start) {
    this.file = file;
    this.start = start;
  }

  /** Reads the message that {@code proto} stands before; values are only located. */
  static OnnxTensor read(ProtoReader proto, Memory file) throws IOException {
    OnnxTensor tensor = new OnnxTensor(file, proto.position());
    proto.message((number, wireType) -> tensor.readField(proto, number, wireType));
    tensor.end = proto.position();
    return tensor;
  }

  private boolean readField(ProtoReader proto, int number, int wireType) throws IOException {
    boolean delimited = wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED;
    switch (number) {
      case DIMS -> proto.varints(checked(wireType, WireFormat.WIRETYPE_VARINT, delimited), this::addDimension);
      case DATA_TYPE -> dataType = varint(proto, wireType);
      case DATA_LOCATION -> isExternal = varint(proto, wireType) != 0;
      case FLOAT_DATA -> addList(number, proto.fixed(checked(wireType, WireFormat.WIRETYPE_FIXED32, delimited), Float.BYTES), Float.BYTES);
      case DOUBLE_DATA ->
          addList(number, proto.fixed(checked(wireType, WireFormat.WIRETYPE_FIXED64, delimited), Double.BYTES), Double.BYTES);
      case INT32_DATA, INT64_DATA -> {
        startList(number);
        proto.varints(checked(wireType, WireFormat.WIRETYPE_VARINT, delimited), value -> listCount++);
      }
      case NAME, RAW_DATA, EXTERNAL_DATA, SEGMENT -> {
        if (!delimited) {
          throw new IOException("field %d of a tensor has wire type %d".formatted(number, wireType));
        }
        readDelimited(proto, number);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void readDelimited(ProtoReader proto, int number) throws IOException {
    switch (number) {
      case NAME -> name = proto.text(TensorIndex.MAX_NAME_BYTES);
      case RAW_DATA -> {
        if (raw != null) {
          throw new IOException("a tensor has raw_data twice");
        }
        raw = proto.bytes();
      }
      case EXTERNAL_DATA -> readExternal(proto);
      default -> throw new UnsupportedException("%s: tensors in segments are not supported".formatted(file.name()));
    }
  }

  private void readExternal(ProtoReader proto) throws IOException {
    String[] entry = {"", ""};
    proto.message((number, wireType) -> {
      if (number != 1 && number != 2 || wireType != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        return false;
      }
      entry[number - 1] = proto.text(TensorIndex.MAX_NAME_BYTES);
      return true;
    });
    if (external.put(entry[0], entry[1]) != null || external.size() > 8) {
      throw new IOException("a tensor's external_data has too many entries");
    }
  }

  private static long varint(ProtoReader proto, int wireType) throws IOException {
    checked(wireType, WireFormat.WIRETYPE_VARINT, false);
    return proto.varint();
  }

  /** Returns the wire type if it is the single value's or, if {@code orList} says that there may be one, the packed list's. */
  private static int checked(int wireType, int single, boolean orList) throws IOException {
    if (wireType != single && !orList) {
      throw new IOException("a tensor's field has wire type %d".formatted(wireType));
    }
    return wireType;
  }

  private void addDimension(long dimension) throws IOException {
    if (shape.length == TensorIndex.MAX_RANK) {
      throw new IOException("a tensor has more than %d dimensions".formatted(TensorIndex.MAX_RANK));
    }
    shape = Arrays.copyOf(shape, shape.length + 1);
    shape[shape.length - 1] = dimension;
  }

  private void startList(int field) throws IOException {
    if (listField != 0 && listField != field) {
      throw new IOException("a tensor has two lists of values");
    }
    listField = field;
  }

  private void addList(int field, ProtoReader.Range values, int width) throws IOException {
    startList(field);
    if (values.length() % width != 0) {
      throw new IOException("a list of %,d bytes is no list of %d-byte values".formatted(values.length(), width));
    }
    list = values;
    listPieces++;
    listCount += values.length() / width;
  }

  /** Checks the tensor against its claims and adds it. */
  void addTo(TensorIndex index, Surroundings surroundings) throws IOException {
    DType type = type();
    long bytes = index.checkedBytes(name, type, shape);
    if (isExternal) {
      addExternal(index, surroundings, type, bytes);
    } else if (listField == 0) {
      ProtoReader.Range range = raw == null ? new ProtoReader.Range(end, 0) : raw;
      index.add(name, type, shape, file, range.offset(), range.length());
    } else {
      addFromList(index, surroundings, type, bytes);
    }
  }

  private void addFromList(TensorIndex index, Surroundings surroundings, DType type, long bytes) throws IOException {
    if (raw != null) {
      throw index.failure(name, "it has both raw_data and a list of values");
    }
    if (listField != listField(type)) {
      throw index.failure(name, "values of type %s are in a list of another type".formatted(type));
    }
    if (listCount != bytes / type.bytes()) {
      throw index.failure(name, "shape %s needs %,d values, but there are %,d"
          .formatted(Shapes.text(shape), bytes / type.bytes(), listCount));
    }
    ProtoReader.Range values = list;
    if (values != null && listPieces == 1) {
      index.add(name, type, shape, file, values.offset(), values.length());
      return;
    }
    Memory decoded = surroundings.allocate(bytes);
    copyList(type, decoded.view(0, (int) bytes));
    index.add(name, type, shape, decoded, 0, bytes);
  }

  /** A second pass over the message, now that the number of values is known to be right. */
  private void copyList(DType type, ByteBuffer target) throws IOException {
    ProtoReader proto = new ProtoReader(file, start, (int) (end - start));
    proto.message((number, wireType) -> {
      if (number != listField) {
        return false;
      }
      if (type == DType.F32 || type == DType.F64) {
        ProtoReader.Range range = proto.fixed(wireType, type.bytes());
        target.put(file.view(range.offset(), range.length()));
      } else {
        proto.varints(wireType, value -> put(type, value, target));
      }
      return true;
    });
  }

  private static void put(DType type, long value, ByteBuffer target) {
    switch (type.bytes()) {
      case Long.BYTES -> target.putLong(value);
      case Integer.BYTES -> target.putInt((int) value);
      case Short.BYTES -> target.putShort((short) value);   // the bits of an F16 or BF16
      default -> target.put((byte) value);
    }
  }

  private void addExternal(TensorIndex index, Surroundings surroundings, DType type, long bytes) {
    if (raw != null || listField != 0) {
      throw index.failure(name, "it has values both here and in another file");
    }
    String location = external.get("location");
    if (location == null) {
      throw index.failure(name, "its values are in another file that is not named");
    }
    long offset = externalNumber(index, "offset", 0);
    index.add(name, type, shape, surroundings.open(location), offset, externalNumber(index, "length", bytes));
  }

  private long externalNumber(TensorIndex index, String key, long absent) {
    String text = external.get(key);
    if (text == null) {
      return absent;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw index.failure(name, "the %s %s of its external data is no number".formatted(key, Text.quote(text)));
    }
  }

  private DType type() {
    DType type = switch ((int) Math.max(0, Math.min(dataType, Integer.MAX_VALUE))) {   // TensorProto.DataType
      case 1 -> DType.F32;
      case 2 -> DType.U8;
      case 3 -> DType.I8;
      case 6 -> DType.I32;
      case 7 -> DType.I64;
      case 10 -> DType.F16;
      case 11 -> DType.F64;
      case 16 -> DType.BF16;
      default -> null;
    };
    if (type == null) {
      throw new UnsupportedException("%s: tensor %s: ONNX data type %d is not supported; known are %s"
          .formatted(file.name(), Text.quote(name), dataType, Arrays.toString(DType.values())));
    }
    return type;
  }

  private static int listField(DType type) {
    return switch (type) {
      case F32 -> FLOAT_DATA;
      case F64 -> DOUBLE_DATA;
      case I64 -> INT64_DATA;
      case I32, U8, I8, F16, BF16 -> INT32_DATA;
    };
  }
}
