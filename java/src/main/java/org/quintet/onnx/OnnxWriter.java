package org.quintet.onnx;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import org.quintet.DType;
import org.quintet.Network;
import org.quintet.Quintet;
import org.quintet.Tensor;
import org.quintet.UnsupportedException;
import org.quintet.Weights;
import org.quintet.weights.ReplacedFile;

/**
 * Writes a network's main answer with its weights as an ONNX model, for other programs to run: input {@code input}, N,C,H,W, and output
 * {@code logits}, N,classes, for any N. Operators are written as they were composed; the initializers bear the parameters' names.
 */
public final class OnnxWriter {
  private static final long IR_VERSION = 8;
  private static final int MODEL_GRAPH = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int TENSOR_RAW_DATA = 9;
  private static final int CHUNK = 1 << 16;
  private static final String ANSWER = "logits";

  private final Weights weights;
  private final OnnxNodes nodes;
  private final byte[] about;

  private OnnxWriter(Network network, Weights weights) {
    this.weights = weights;
    String answer = network.heads().get(0).logits();
    this.nodes = new OnnxNodes(answer, ANSWER);
    List<Network.Operator> needed = network.operators(answer);
    needed.forEach(nodes::add);
    Network.Operator last = needed.get(needed.size() - 1);
    this.about = Proto.message(out -> {
      out.writeString(2, network.name());
      out.writeByteArray(11, Proto.batch(needed.get(0).name(), needed.get(0).outputShape()));
      out.writeByteArray(12, Proto.batch(ANSWER, last.outputShape()));
    });
  }

  /**
   * Writes {@code path}, which appears when it is whole. Only what the main head's logits need is in it.
   *
   * @throws org.quintet.WeightsException if a parameter has no weights, or the file cannot be written
   * @throws UnsupportedException if ONNX has no way to say what an operator does, or the weights are beyond the 2 GiB of such a file
   */
  public static void write(Path path, Network network, Weights weights) {
    OnnxWriter writer = new OnnxWriter(network, weights);
    ReplacedFile.write(path, writer::writeTo);
  }

  private void writeTo(FileChannel channel) throws IOException {
    List<Tensor> tensors = nodes.parameters().stream().map(p -> tensor(p.name())).toList();
    long size = about.length;
    for (byte[] node : nodes.nodes()) {
      size += CodedOutputStream.computeByteArraySize(GRAPH_NODE, node);
    }
    for (Tensor tensor : tensors) {
      long body = bodySize(tensor);
      size += head(GRAPH_INITIALIZER, body).length + body;
    }
    write(channel, Proto.message(out -> {
      out.writeInt64(1, IR_VERSION);
      out.writeString(2, "quintet");
      out.writeString(3, Quintet.version());
      out.writeByteArray(8, Proto.message(opset -> opset.writeInt64(2, OnnxNodes.OPSET)));
    }));
    write(channel, head(MODEL_GRAPH, size));
    write(channel, Proto.message(out -> {
      for (byte[] node : nodes.nodes()) {
        out.writeByteArray(GRAPH_NODE, node);
      }
    }));
    for (Tensor tensor : tensors) {
      writeTensor(channel, tensor);
    }
    write(channel, about);
  }

  private Tensor tensor(String name) {
    Tensor tensor = weights.get(name);
    if (tensor.dtype() == DType.I8) {
      throw new UnsupportedException(tensor + " is quantised; the weights that it was made from can be written as ONNX");
    }
    return tensor;
  }

  private static long bodySize(Tensor tensor) {
    long data = tensor.elementCount() * Float.BYTES;
    return Proto.floatsHead(tensor.name(), tensor.shape()).length + head(TENSOR_RAW_DATA, data).length + data;
  }

  private static void writeTensor(FileChannel channel, Tensor tensor) throws IOException {
    write(channel, head(GRAPH_INITIALIZER, bodySize(tensor)));
    write(channel, Proto.floatsHead(tensor.name(), tensor.shape()));
    write(channel, head(TENSOR_RAW_DATA, tensor.elementCount() * Float.BYTES));
    ByteBuffer bytes = ByteBuffer.allocateDirect(CHUNK * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer part = bytes.asFloatBuffer();
    for (long done = 0; done < tensor.elementCount(); done += CHUNK) {
      int count = (int) Math.min(CHUNK, tensor.elementCount() - done);
      tensor.copyTo(done, part.clear().limit(count));
      ReplacedFile.writeFully(channel, bytes.clear().limit(count * Float.BYTES));
    }
  }

  /** What precedes {@code length} bytes of field {@code number}. */
  private static byte[] head(int number, long length) {
    if (length > Integer.MAX_VALUE) {
      throw new UnsupportedException("the network's weights are more than the 2 GiB that an ONNX file can hold");
    }
    return Proto.message(out -> {
      out.writeTag(number, WireFormat.WIRETYPE_LENGTH_DELIMITED);
      out.writeUInt32NoTag((int) length);
    });
  }

  private static void write(FileChannel channel, byte[] bytes) throws IOException {
    ReplacedFile.writeFully(channel, ByteBuffer.wrap(bytes));
  }
}
