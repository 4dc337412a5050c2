package org.quintet.weights;

import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.Collection;
import org.quintet.FormatException;
import org.quintet.UnsupportedException;
import org.quintet.internal.Memory;

/**
 * Reads the initializers of an ONNX model: {@code ModelProto.graph.initializer}, a list of {@code TensorProto}. Nodes are passed over.
 * Field numbers are those of onnx.proto3.
 */
final class OnnxReader {
  private static final int MODEL_IR_VERSION = 1;
  private static final int MODEL_GRAPH = 7;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int GRAPH_SPARSE_INITIALIZER = 15;

  /** Far above the IR versions so far (13): a first field with such a number is what tells ONNX from other bytes. */
  private static final int MAX_IR_VERSION = 1000;

  private final Memory file;
  private final Surroundings surroundings;
  private final TensorIndex index;
  private final ProtoReader proto;
  private boolean graphSeen;

  private OnnxReader(Memory file, Surroundings surroundings) throws IOException {
    this.file = file;
    this.surroundings = surroundings;
    this.index = new TensorIndex(file.name());
    this.proto = new ProtoReader(file, 0, (int) file.size());
  }

  /**
   * The initializers of {@code file}, in its order.
   *
   * @throws FormatException if the file is damaged or a tensor does not fit what it claims
   * @throws UnsupportedException if a tensor's type or way of storing is known to ONNX and not to Quintet
   */
  static Collection<StoredTensor> read(Memory file, Surroundings surroundings) {
    if (file.size() > Integer.MAX_VALUE) {
      throw new FormatException("%s: %,d bytes are more than an ONNX file can have (protobuf ends at 2 GiB; larger models keep their "
          .formatted(file.name(), file.size()) + "tensors in files beside it)");
    }
    try {
      OnnxReader reader = new OnnxReader(file, surroundings);
      reader.readModel();
      return reader.index.tensors();
    } catch (IOException e) {
      throw new FormatException("%s: the ONNX file is damaged or cut short: %s".formatted(file.name(), Text.line(e.getMessage())), e);
    }
  }

  /**
   * Whether {@code file} looks like ONNX: it has a small IR version, as every exporter writes it first, or all of it reads as the fields of
   * a model with a graph.
   */
  static boolean recognises(Memory file) {
    boolean[] seen = new boolean[2];
    try {
      ProtoReader proto = new ProtoReader(file, 0, (int) Math.min(Integer.MAX_VALUE, file.size()));
      proto.fields((number, wireType) -> {
        if (!isModelField(number, wireType)) {
          throw new IOException("no field of a model");
        }
        if (number == MODEL_IR_VERSION) {
          long version = proto.varint();
          seen[0] = version > 0 && version <= MAX_IR_VERSION;
          return true;
        }
        seen[1] |= number == MODEL_GRAPH;
        return false;
      });
      return seen[0] || seen[1];
    } catch (IOException e) {
      return seen[0];
    }
  }

  private static boolean isModelField(int number, int wireType) {
    return switch (number) {
      case MODEL_IR_VERSION, 5 -> wireType == WireFormat.WIRETYPE_VARINT;   // and model_version
      case 2, 3, 4, 6, MODEL_GRAPH, 8, 14, 20, 25, 26 -> wireType == WireFormat.WIRETYPE_LENGTH_DELIMITED;
      default -> false;
    };
  }

  private void readModel() throws IOException {
    try {
      proto.fields(this::readModelField);
    } catch (IOException e) {
      throw new IOException("near byte %,d: %s".formatted(proto.position(), e.getMessage()), e);
    }
    if (!graphSeen) {
      throw new IOException("it has no graph");
    }
  }

  private boolean readModelField(int number, int wireType) throws IOException {
    if (number != MODEL_GRAPH || wireType != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      return false;
    }
    if (graphSeen) {
      throw new IOException("there are two graphs");
    }
    graphSeen = true;
    proto.message(this::readGraphField);
    return true;
  }

  private boolean readGraphField(int number, int wireType) throws IOException {
    if (wireType != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
      return false;
    }
    if (number == GRAPH_SPARSE_INITIALIZER) {
      throw new UnsupportedException("%s: sparse initializers are not supported".formatted(file.name()));
    }
    if (number != GRAPH_INITIALIZER) {
      return false;
    }
    OnnxTensor.read(proto, file).addTo(index, surroundings);
    return true;
  }
}
