package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quintet.cli.Outcome.objects;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.models.Models;

/** {@code bench}: the numbers it promises, and the ONNX model that it leaves for others. */
class BenchTest {
  @TempDir private Path folder = Path.of("");

  private static Map<String, Object> bench(Object... more) {
    Object[] all = new Object[more.length + 5];
    System.arraycopy(new Object[] {"bench", "lenet5", "--seconds", "0.05", "--json"}, 0, all, 0, 5);
    System.arraycopy(more, 0, all, 5, more.length);
    return Outcome.of(all).json();
  }

  @Test
  void allNumbersOfTheContractAreThere() {
    Map<String, Object> result = bench();
    assertTrue(result.keySet().containsAll(List.of(
        "median_ms", "p90_ms", "p99_ms", "min_ms", "images_per_second", "first_ms", "rss_bytes", "packed_bytes", "arena_bytes", "threads",
        "precision", "cpu", "isa", "versions")), result.toString());
    double min = (Double) result.get("min_ms");
    double median = (Double) result.get("median_ms");
    double p99 = (Double) result.get("p99_ms");
    assertTrue(0 < min && min <= median && median <= p99, result.toString());
    assertEquals("exact", result.get("precision"));
    assertFalse(result.containsKey("layers"));
  }

  @Test
  void theProfileNamesEveryStepWithItsTime() {
    List<Map<String, Object>> layers = objects(bench("--profile", "--batch", 2), "layers");
    String steps = layers.stream().map(l -> l.get("step").toString()).collect(Collectors.joining(" "));
    assertTrue(steps.contains("conv1") && steps.contains("dense1"), steps);
    assertEquals(1, layers.stream().mapToDouble(l -> (Double) l.get("share")).sum(), 1e-6);
  }

  @Test
  void theProfileHoldsEveryStepAgainstWhatTheMachineCanDo() {
    Map<String, Object> found = bench("--profile", "--threads", 1);
    Map<?, ?> limits = (Map<?, ?>) found.get("limits");
    assertTrue(((Number) limits.get("gflops")).doubleValue() > 0 && ((Number) limits.get("read_gb_per_second")).doubleValue() > 0, found.toString());
    assertEquals(1, limits.get("threads"));
    for (Map<String, Object> layer : objects(found, "layers")) {
      assertTrue(List.of("compute", "memory").contains(layer.get("bound")), layer.toString());
      double least = ((Number) layer.get("least_ms")).doubleValue();
      double roofline = ((Number) layer.get("roofline")).doubleValue();
      assertEquals(least, roofline * ((Number) layer.get("milliseconds")).doubleValue(), 1e-3 * least, layer.toString());
      assertTrue(((Number) layer.get("gflops")).doubleValue() >= 0, layer.toString());
    }
  }

  @Test
  void theProfilesColumnsAreAligned() {
    Outcome outcome = Outcome.of("bench", "lenet5", "--seconds", "0.05", "--profile");
    List<String> table = outcome.out().lines().dropWhile(l -> !l.startsWith("STEP")).takeWhile(l -> !l.startsWith("all steps")).toList();
    assertTrue(table.size() > 5, outcome.out());
    int end = table.get(0).indexOf("OF LIMIT") + "OF LIMIT".length();
    assertTrue(table.stream().allMatch(l -> l.length() == end), outcome.out());
  }

  @Test
  void lanesRunAtATime() {
    Map<String, Object> result = bench("--lanes", 2, "--threads", 1);
    assertEquals(2, result.get("lanes"));
    assertEquals(1, result.get("threads"));
    assertTrue((Integer) result.get("runs") >= 10, result.toString());
  }

  @Test
  void theOnnxModelHasTheParametersOfTheMainHeadAndServesAsWeights() {
    Path file = folder.resolve("googlenet.onnx");
    Network network = Models.builder("googlenet").variant("article").inputShape(65, 65, 3).classes(10).build();
    Object[] model = {"bench", "googlenet", "--input-shape", "65,65,3", "--classes", "10", "--seconds", "0", "--json", "--onnx-out", file};
    Outcome.of(model).json();
    List<String> main = network.parameters().stream().map(Network.Parameter::name).filter(n -> !n.startsWith("aux_clf")).toList();
    try (Weights weights = Weights.open(file); Weights random = Weights.random(network, 7)) {
      assertEquals(main, List.copyOf(weights.names()));
      assertArrayEquals(random.get("conv1.weight").toFloats(), weights.get("conv1.weight").toFloats());
    }
  }

  @Test
  void anOnnxModelThatCannotBeWrittenIsAnError() {
    Path file = folder.resolve("nowhere/lenet5.onnx");
    Outcome.of("bench", "lenet5", "--onnx-out", file, "--seconds", 0).assertError(1, file.toString());
  }
}
