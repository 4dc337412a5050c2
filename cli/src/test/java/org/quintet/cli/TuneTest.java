package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quintet.cli.Outcome.objects;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tune}: what it reports, and that others follow it. */
class TuneTest {
  @TempDir private Path folder = Path.of("");

  private Map<String, Object> bench(Object... more) {
    Stream<Object> always = Stream.of("bench", "lenet5", "--seconds", "0", "--threads", 1, "--profile", "--json");
    return Outcome.of(Stream.concat(always, Stream.of(more)).toArray()).json();
  }

  private static boolean isMeasured(Map<String, Object> bench) {
    return objects(bench, "layers").stream().anyMatch(l -> "measurement".equals(l.get("chosen_by")));
  }

  @Test
  void everyLayerHasItsCandidatesAndChoiceAndTheTotalsAreThere() {
    Map<String, Object> found = Outcome.of("tune", "lenet5", "--threads", 1, "--tuning", folder, "--json").json();
    assertTrue(found.keySet().containsAll(List.of("before_ms", "after_ms", "threads", "precision", "layers", "cpu", "isa", "versions")), found.toString());
    List<Map<String, Object>> layers = objects(found, "layers");
    assertFalse(layers.isEmpty());
    for (Map<String, Object> layer : layers) {
      List<Map<String, Object>> candidates = objects(layer, "candidates");
      assertTrue(candidates.size() >= 2, layer.toString());
      assertTrue(candidates.stream().anyMatch(c -> c.get("way").equals(layer.get("choice")) && (Double) c.get("ms") > 0), layer.toString());
    }
    assertFalse(isMeasured(bench()), "only if asked");
    assertTrue(isMeasured(bench("--tuning", folder)));
  }

  @Test
  void theTableNamesEachLayersChoiceAndTheGain() {
    Outcome outcome = Outcome.of("tune", "lenet5", "--threads", 1, "--tuning", folder);
    assertEquals(0, outcome.status(), outcome.err());
    assertTrue(outcome.out().contains("conv2") && outcome.out().contains("MEASURED BEST") && outcome.out().contains("by the cost model"), outcome.out());
  }

  @Test
  void anUnknownNetworkIsAUsageError() {
    Outcome.of("tune", "lenet6").assertError(2, "lenet6");
  }
}
