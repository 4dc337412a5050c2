package org.quintet.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.BatchNorm;
import org.quintet.Convolution;
import org.quintet.Dense;
import org.quintet.Graph;
import org.quintet.Network;
import org.quintet.Node;
import org.quintet.Pool;
import org.quintet.UnsupportedException;
import org.quintet.Weights;

/** The models that are written; that other programs compute the same with them is measured with the benchmarks. */
class OnnxWriterTest {
  @TempDir private Path folder = Path.of("");

  /** One of nearly every operator, and a head besides the main one. */
  private static Network zoo() {
    Graph graph = new Graph("zoo");
    Node x = graph.input(3, 15, 17);
    Node a = x.convolution("conv", Convolution.of(8, 3).stride(2).same().noBias()).batchNorm("norm", BatchNorm.torch(1e-5)).relu("relu");
    Node b = a.zeroPad("pad", 1, 1, 1, 1).maxPool("max", Pool.of(3)).tanh("tanh");
    Node c = a.scaleShift("scale").sigmoid("sigmoid").lrn("lrn", 5, 1e-4, 0.75, 1);
    Node d = a.maxPool("pool", Pool.of(3).stride(1).padding(1)).add("sum", c);
    Node e = d.concat("concat", c).averagePool("average", Pool.of(2).stride(2).ceil()).sumPool("total", Pool.of(2));
    Node logits = e.dropout("dropout", 0.5).flatten("flat").dense("dense", Dense.of(5));
    graph.head("main", logits, logits.softmax("softmax"));
    graph.head("side", b.globalAveragePool("mean").dense("side.dense", Dense.of(2)), null);
    return graph.build("test");
  }

  private Path write(Network network) {
    Path file = folder.resolve("model.onnx");
    try (Weights weights = Weights.random(network, 3)) {
      OnnxWriter.write(file, network, weights);
    }
    return file;
  }

  @Test
  void initializersAreTheParametersOfTheMainHeadUnderTheirNames() {
    Network network = zoo();
    Path file = write(network);
    try (Weights written = Weights.open(file); Weights random = Weights.random(network, 3)) {
      assertEquals(
          List.of("conv.weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var", "scale.weight", "scale.bias",
              "dense.weight", "dense.bias"),
          List.copyOf(written.names()));
      for (String name : written.names()) {
        assertArrayEquals(random.get(name).shape(), written.get(name).shape(), name);
        assertArrayEquals(random.get(name).toFloats(), written.get(name).toFloats(), name);
      }
    }
  }

  @Test
  void operatorsAreWrittenOneByOneAndNothingIsFused() throws IOException {
    List<String> types = types(write(zoo()));
    assertTrue(types.containsAll(List.of(
        "Conv", "BatchNormalization", "Relu", "Sigmoid", "LRN", "MaxPool", "Add", "Concat", "AveragePool", "Flatten", "Gemm")), types.toString());
    assertFalse(types.contains("Tanh"), "what only another head needs is left out");
    assertFalse(types.contains("Softmax"), "logits come before the softmax");
  }

  @Test
  void whatOnnxCannotSayIsRefusedAndLeavesNoFile() {
    Graph graph = new Graph("uneven");
    Node logits = graph.input(1, 7, 7).adaptiveAveragePool("cells", 3, 3).dense("dense", Dense.of(2));
    graph.head("main", logits, null);
    UnsupportedException refused = assertThrows(UnsupportedException.class, () -> write(graph.build("test")));
    assertTrue(String.valueOf(refused.getMessage()).contains("cells"), refused.getMessage());
    assertFalse(Files.exists(folder.resolve("model.onnx")));
  }

  /** {@code op_type} of the nodes of {@code graph} in a ModelProto. */
  private static List<String> types(Path file) throws IOException {
    List<String> types = new ArrayList<>();
    for (byte[] graph : messages(Files.readAllBytes(file), 7)) {
      for (byte[] node : messages(graph, 1)) {
        messages(node, 4).forEach(type -> types.add(new String(type, StandardCharsets.UTF_8)));
      }
    }
    return types;
  }

  private static List<byte[]> messages(byte[] message, int field) throws IOException {
    List<byte[]> found = new ArrayList<>();
    CodedInputStream in = CodedInputStream.newInstance(message);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (tag == (field << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
        found.add(in.readByteArray());
      } else {
        in.skipField(tag);
      }
    }
    return found;
  }
}
