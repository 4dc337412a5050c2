package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quintet.cli.Outcome.objects;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code models}, {@code summary} and {@code info}: documents as DESIGN lays them down, tables for people. */
class TablesTest {
  @Test
  void modelsListsTheTenNetworksWithTheirVariants() {
    List<Map<String, Object>> models = objects(Outcome.of("models", "--json").json(), "models");
    assertEquals(
        List.of("lenet5", "alexnet", "vgg16", "vgg19", "googlenet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
        models.stream().map(m -> m.get("name")).toList());
    Map<String, Object> article = objects(models.get(0), "variants").get(0);
    assertEquals("article", article.get("name"));
    assertEquals(Map.of("trainable", 1631080, "total", 1631080), article.get("parameters"));
    assertEquals(8517000, article.get("macs"));
    assertEquals(List.of(1, 32, 32), article.get("input_shape"));
  }

  @Test
  void modelsPrintsARowForEachVariant() {
    Outcome models = Outcome.of("models");
    assertEquals(0, models.status(), models.err());
    assertTrue(models.out().lines().anyMatch(l -> l.matches("googlenet +paper +3 x 224 x 224 +6,998,552 .*")), models.out());
  }

  @Test
  void summaryGivesEveryLayerAndTheTotals() {
    Map<String, Object> summary = Outcome.of("summary", "lenet5", "--json").json();
    assertEquals("lenet5", summary.get("model"));
    assertEquals("article", summary.get("variant"));
    assertEquals(List.of(1, 32, 32), summary.get("input_shape"));
    assertEquals(Map.of("trainable", 1631080, "total", 1631080), summary.get("parameters"));
    List<Map<String, Object>> layers = objects(summary, "layers");
    Map<String, Object> conv1 = layers.stream().filter(l -> l.get("name").equals("conv1")).findFirst().orElseThrow();
    assertEquals(
        Map.of("name", "conv1", "type", "convolution", "output_shape", List.of(20, 32, 32), "parameters", 520, "macs", 512000), conv1);
    assertEquals(summary.get("macs"), layers.stream().mapToInt(l -> (Integer) l.get("macs")).sum());
  }

  @Test
  void summaryHonoursShapeAndClasses() {
    Map<String, Object> summary = Outcome.of("summary", "vgg16", "--input-shape", "64,96,1", "--classes", 7, "--json").json();
    assertEquals(List.of(1, 64, 96), summary.get("input_shape"));
    List<Map<String, Object>> layers = objects(summary, "layers");
    assertEquals(List.of(7), layers.get(layers.size() - 1).get("output_shape"));
  }

  @Test
  void summaryOfAnInputThatIsTooSmallNamesTheLayer() {
    Outcome.of("summary", "alexnet", "--variant", "paper", "--input-shape", "20,20,3").assertError(1, "pool2");
  }

  @Test
  void infoKnowsTheMachineAndTheLibraries() {
    Map<String, Object> info = Outcome.of("info", "--json").json();
    assertTrue(info.keySet().containsAll(List.of(
        "cpu", "isa", "amx", "caches", "quota", "threads", "versions", "natives", "native_memory_bytes", "rss_bytes")), info.toString());
    assertTrue(info.get("versions").toString().contains("onednn=3."), info.toString());
    assertEquals(4, ((List<?>) info.get("natives")).size());
    assertEquals(1, Outcome.of("info", "--json", "--threads", 1).json().get("threads"));
  }
}
