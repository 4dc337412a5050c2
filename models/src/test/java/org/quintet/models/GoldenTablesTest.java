package org.quintet.models;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quintet.Network;

/** Names and shapes of every layer and parameter, without computing anything. */
class GoldenTablesTest {
  static Stream<Path> summaries() {
    return Goldens.documents("summary").filter(f -> Goldens.read(f).has("layers"));
  }

  static Stream<Path> canonical() {
    return Goldens.documents("canonical");
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("summaries")
  void theArticlesNetworksHaveKerasLayersRowByRow(Path file) {
    JsonNode golden = Goldens.read(file);
    Network network = Models.builder(Goldens.registryName(golden.get("model").asText())).build();
    Map<String, String> wanted = Goldens.rows(golden.get("layers")).stream().collect(Collectors.toMap(
        r -> r.get("name").asText(),
        r -> r.get("params").asLong() + " parameters, " + Arrays.toString(Goldens.longs(r.get("out")))));
    Map<String, String> found = network.layers().stream().collect(Collectors.toMap(
        Network.Layer::name,
        l -> l.parameters() + " parameters, " + Arrays.toString(l.outputShape())));
    assertEquals(sorted(wanted), sorted(found));
    assertAll(
        () -> assertEquals(golden.get("params_total").asLong(), network.totalParameters()),
        () -> assertEquals(golden.get("params_trainable").asLong(), network.trainableParameters()),
        () -> assertEquals(
            sorted(byName(golden.get("params"), r -> Arrays.toString(Goldens.longs(r.get("shape"))))),
            sorted(byName(network, p -> Arrays.toString(p.shape())))),
        () -> assertEquals(
            Goldens.rows(golden.get("outputs")).stream().map(o -> o.get("name").asText()).toList(),
            network.heads().stream().map(Network.Head::name).toList()));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("canonical")
  void theOthersHaveTheirFrameworksParameters(Path file) {
    JsonNode golden = Goldens.read(file);
    Network network = Goldens.canonical(golden).build();
    assertEquals(
        sorted(byName(golden.get("params"), r -> r.get("kind").asText() + Arrays.toString(Goldens.longs(r.get("shape"))))),
        sorted(byName(network, p -> p.kind() + Arrays.toString(p.shape()))));
    assertAll(
        () -> assertEquals(golden.get("parameters_trainable").asLong(), network.trainableParameters()),
        () -> assertEquals(golden.get("parameters_with_moving_statistics").asLong(), network.totalParameters()));
  }

  private static Map<String, String> byName(JsonNode rows, Function<JsonNode, String> value) {
    return Goldens.rows(rows).stream().collect(Collectors.toMap(r -> r.get("name").asText(), value));
  }

  private static Map<String, String> byName(Network network, Function<Network.Parameter, String> value) {
    return network.parameters().stream().collect(Collectors.toMap(Network.Parameter::name, value));
  }

  /** One line each, so that a failure shows what differs. */
  private static String sorted(Map<String, String> table) {
    List<String> lines = table.entrySet().stream().map(e -> e.getKey() + ": " + e.getValue()).sorted().toList();
    return String.join("\n", lines);
  }
}
