package org.quintet.models;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.testing.Recipe;

/** Every network and variant against float64, to 1e-5 of the largest logit and of each layer's largest value. */
class GoldenNumbersTest {
  static Stream<Named<Path>> forward() {
    return named("forward");
  }

  static Stream<Named<Path>> canonical() {
    return named("canonical");
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("forward")
  void theArticlesNetworksGiveKerasNumbers(Path file) {
    JsonNode golden = Goldens.read(file);
    Network network = Goldens.article(golden).build();
    try (Weights weights = Recipe.article(network, golden.get("seed").asLong())) {
      check(golden, network, weights, answers(file, ""));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("canonical")
  void theOthersGiveTheirFrameworksNumbers(Path file) {
    JsonNode golden = Goldens.read(file);
    Network network = Goldens.canonical(golden).build();
    try (Weights weights = Recipe.weights(network, golden.get("seed").asLong(), residualBlocks(golden))) {
      check(golden, network, weights, answers(file, network.heads().get(0).name() + "."));
    }
  }

  private static void check(JsonNode golden, Network network, Weights weights, Map<String, float[]> answers) {
    int batch = golden.get("batch").asInt();
    long[] shape = network.inputShape();
    float[] input = Recipe.input(golden.get("seed").asLong(), batch, (int) shape[0], (int) shape[1], (int) shape[2]);
    NumericCase numbers = new NumericCase(network, weights, batch, input, answers, Goldens.rows(golden.get("layers")));
    numbers.checkAnswers(1);
    numbers.checkAnswers(2);
    numbers.checkLayers(2);
    numbers.checkUnfused(1);
  }

  /** The expected logits, and softmax where the file has it, under the names of the model's outputs. */
  private static Map<String, float[]> answers(Path json, String prefix) {
    Map<String, float[]> answers = new LinkedHashMap<>();
    try (Weights tensors = Weights.open(Path.of(json.toString().replace(".json", ".safetensors")))) {
      tensors.names().forEach(name -> answers.put(prefix + name, tensors.get(name).toFloats()));
    }
    return answers;
  }

  private static ToIntFunction<String> residualBlocks(JsonNode golden) {
    Map<String, Integer> blocks = new HashMap<>();
    for (JsonNode p : golden.get("params")) {
      if (p.has("range_block")) {
        blocks.put(p.get("name").asText(), p.get("range_block").asInt());
      }
    }
    return name -> blocks.getOrDefault(name, -1);
  }

  private static Stream<Named<Path>> named(String folder) {
    return Goldens.documents(folder).map(f -> Named.of(f.getFileName().toString(), f));
  }
}
