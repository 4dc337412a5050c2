package org.quintet.models;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.testing.Shared;

/** The ImageNet-trained GoogLeNet on the exact tensors of two photographs. */
class BvlcGoogLeNetTest {
  @ParameterizedTest
  @ValueSource(strings = {"samoyed", "coffee"})
  void agreesInEveryLayerOfAPhotograph(String picture) throws IOException {
    Network network = GoogLeNet.googlenet().variant(Variant.PAPER).build();
    try (Weights weights = Weights.open(Shared.path("data/weights/bvlc_googlenet.onnx"))) {
      Map<String, float[]> answers = Map.of(
          "loss3/classifier.logits", npy(Shared.path("data/tensors/" + picture + ".googlenet_logits.npy")),
          "loss3/classifier.softmax", npy(Shared.path("data/tensors/" + picture + ".googlenet_prob.npy")));
      float[] input = npy(Shared.path("data/tensors/" + picture + ".caffe_bgr.npy"));
      NumericCase numbers = new NumericCase(network, weights, 1, input, answers, rows(picture));
      numbers.checkAnswers(1);
      numbers.checkAnswers(2);
      numbers.checkLayers(2);
      numbers.checkUnfused(1);
    }
  }

  private static List<JsonNode> rows(String picture) {
    JsonNode layers = Goldens.read(Shared.path("data/expected/bvlc_googlenet_layers." + picture + ".json"));
    Stream<String> names = StreamSupport.stream(((Iterable<String>) layers::fieldNames).spliterator(), false);
    return names.map(name -> (JsonNode) ((ObjectNode) layers.get(name)).put("name", name)).toList();
  }

  /** The values of a NumPy file of little-endian 32-bit floats. */
  private static float[] npy(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = Short.toUnsignedInt(bytes.getShort(8));
    byte[] text = new byte[header];
    bytes.get(10, text);
    assertTrue(new String(text, StandardCharsets.US_ASCII).contains("'<f4'"), file + " holds 32-bit floats");
    float[] values = new float[(bytes.capacity() - 10 - header) / Float.BYTES];
    bytes.position(10 + header).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }
}
