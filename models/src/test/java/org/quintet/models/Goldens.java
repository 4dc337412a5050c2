package org.quintet.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.quintet.testing.Shared;

/** The golden data beside the project: where it lies and how its names translate into the registry's. */
final class Goldens {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Map<String, String> REGISTRY_NAMES = Map.of("inception_net", "googlenet", "lenet_5", "lenet5");

  private Goldens() {}

  /**
   * All documents of one folder, by name; skips the test if there is no such data. {@code -Dquintet.golden=vgg16} leaves out
   * those without that text in their names.
   */
  static Stream<Path> documents(String folder) {
    String wanted = System.getProperty("quintet.golden", "");
    try (Stream<Path> files = Files.list(Shared.path("goldens/" + folder))) {
      return files.filter(f -> f.toString().endsWith(".json") && f.toString().contains(wanted)).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode read(Path json) {
    try {
      return MAPPER.readTree(json.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode summary(String goldenName) {
    return read(Shared.path("goldens/summary/" + goldenName + ".json"));
  }

  /** "inception_net" is "googlenet" here. */
  static String registryName(String goldenName) {
    return REGISTRY_NAMES.getOrDefault(goldenName, goldenName);
  }

  /** The network of a case in {@code forward/}: shape as given, classes only where the article's text (or its copy) heeds them. */
  static ModelBuilder article(JsonNode golden) {
    ModelBuilder builder = shaped(Models.builder(registryName(golden.get("model").asText())), golden);
    boolean heeded = golden.get("n_classes_honoured").asBoolean()
        || summary(golden.get("model").asText()).path("n_classes_argument_used").asBoolean();
    JsonNode classes = golden.get("n_classes_argument");
    return classes.isNull() || !heeded ? builder : builder.classes(classes.asInt());
  }

  /** The network of a case in {@code canonical/}. */
  static ModelBuilder canonical(JsonNode golden) {
    return shaped(Models.builder(golden.get("network").asText()), golden).variant(golden.get("variant").asText());
  }

  static long[] longs(JsonNode array) {
    return Stream.of(MAPPER.convertValue(array, Long[].class)).mapToLong(Long::longValue).toArray();
  }

  static float[] floats(JsonNode array) {
    return MAPPER.convertValue(array, float[].class);
  }

  static List<JsonNode> rows(JsonNode array) {
    return Stream.iterate(0, i -> i < array.size(), i -> i + 1).map(array::get).toList();
  }

  private static ModelBuilder shaped(ModelBuilder builder, JsonNode golden) {
    JsonNode shape = golden.get("in_shape_HWC");
    return builder.inputShape(shape.get(0).asInt(), shape.get(1).asInt(), shape.get(2).asInt());
  }
}
