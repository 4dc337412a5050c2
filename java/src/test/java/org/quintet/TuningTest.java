package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.testing.ChildJvm;

/** Measuring how layers are computed fastest, and keeping what was found. */
class TuningTest {
  @TempDir private Path folder = Path.of("");

  private CompileOptions options() {
    return CompileOptions.defaults().threads(1).tune(folder);
  }

  private static String explain(int filters, CompileOptions options) {
    Network network = TuningProgram.network(filters);
    try (Weights weights = Weights.random(network, 1);
        Model model = network.compile(weights, options)) {
      return model.explain();
    }
  }

  /** The one file of measurements. */
  private Path file() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.filter(f -> f.toString().endsWith(".json")).toList();
      assertEquals(1, found.size(), found.toString());
      return found.get(0);
    }
  }

  @Test
  void everyWayOfALayerIsMeasuredAndOneIsChosen() {
    Tuning tuning = TuningProgram.tune(16, options());
    assertTrue(tuning.beforeMilliseconds() > 0 && tuning.afterMilliseconds() <= tuning.beforeMilliseconds(), tuning.toString());
    Tuning.Layer convolution = tuning.layers().get(0);
    assertEquals(List.of("conv"), convolution.nodes());
    List<String> ways = convolution.candidates().stream().map(Tuning.Candidate::way).toList();
    assertTrue(ways.containsAll(List.of("direct", convolution.choice(), convolution.model())), ways.toString());
    assertTrue(convolution.candidates().stream().allMatch(c -> c.milliseconds() > 0), convolution.toString());
  }

  @Test
  void modelsCompiledLaterFollowTheMeasurement() {
    TuningProgram.tune(16, options());
    assertTrue(explain(16, options()).contains("\"chosen_by\":\"measurement\""));
    assertFalse(explain(16, options().batch(2)).contains("\"chosen_by\":\"measurement\""), "another shape is another layer");
    assertFalse(explain(16, CompileOptions.defaults().threads(1)).contains("\"chosen_by\":\"measurement\""), "only if asked");
  }

  @Test
  void compilingMeasuresNothing() throws IOException {
    assertTrue(explain(16, options().tune(folder.resolve("new"))).contains("\"chosen_by\":\"model\""));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(0, files.count());
    }
  }

  @Test
  void otherThreadsAndPrecisionsHaveFilesOfTheirOwn() throws IOException {
    TuningProgram.tune(16, options());
    TuningProgram.tune(16, options().threads(2));
    TuningProgram.tune(16, options().precision(Precision.FAST));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(3, files.filter(f -> f.toString().endsWith(".json")).count());
    }
  }

  @Test
  void whatWasMeasuredBeforeStaysBesideNewLayers() {
    TuningProgram.tune(16, options());
    TuningProgram.tune(24, options());
    for (int filters : new int[] {16, 24}) {
      assertTrue(explain(filters, options()).contains("\"chosen_by\":\"measurement\""));
    }
  }

  @Test
  void aDamagedOrForeignFileCountsAsNoneAndIsReplaced() throws IOException {
    TuningProgram.tune(16, options());
    Path file = file();
    String good = Files.readString(file);
    List<String> bad = new ArrayList<>(List.of(
        "", "{", "[]", "\0\1\2", good.substring(0, good.length() / 2), good + "x", good.replace("\"format\" : 1", "\"format\" : 99"),
        good.replace("\"threads\" : 1", "\"threads\" : 3"), good.replace("\"cpu\" : \"", "\"cpu\" : \"another "),
        "{\"format\":1}", good.replace("\"choice\"", "\"chance\""), "[".repeat(100_000)));
    for (String text : bad) {
      Files.writeString(file, text);
      assertFalse(explain(16, options()).contains("\"chosen_by\":\"measurement\""), text);
    }
    TuningProgram.tune(16, options());
    assertTrue(explain(16, options()).contains("\"chosen_by\":\"measurement\""));
  }

  @Test
  void aChoiceThatThisCpuOrPrecisionDoesNotPermitIsPassedOver() throws IOException {
    TuningProgram.tune(16, options());
    Path file = file();
    for (String choice : List.of("winograd 6", "dense f16", "dense bf16", "anything")) {
      Files.writeString(file, Files.readString(file).replaceAll("\"choice\" : \"[^\"]*\"", "\"choice\" : \"" + choice + "\""));
      assertFalse(explain(16, options()).contains("\"chosen_by\":\"measurement\""), choice);
    }
  }

  @Test
  void programsThatTuneAtTheSameTimeKeepEachOthersMeasurements() throws IOException, InterruptedException {
    List<Process> programs = IntStream.range(0, 3)
        .mapToObj(i -> ChildJvm.of(TuningProgram.class).arguments(folder, 8 + 3 * i, 8 + 3 * i + 3).start())
        .toList();
    for (Process program : programs) {
      ChildJvm.Ended ended = ChildJvm.end(program);
      assertEquals(0, ended.exit(), ended.err());
    }
    for (int filters = 8; filters < 17; filters++) {
      assertTrue(explain(filters, options()).contains("\"chosen_by\":\"measurement\""), filters + " filters: " + Files.readString(file()));
    }
  }

  @Test
  void threadsMayTuneAtTheSameTime() throws IOException {
    IntStream.range(8, 14).parallel().forEach(filters -> TuningProgram.tune(filters, options()));
    IntStream.range(8, 14).forEach(f -> assertTrue(explain(f, options()).contains("\"chosen_by\":\"measurement\"")));
    assertTrue(Files.readString(file()).endsWith("}"));
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsAnError() throws IOException {
    Path occupied = Files.writeString(folder.resolve("file"), "x");
    WeightsException e = assertThrows(WeightsException.class, () -> TuningProgram.tune(16, options().tune(occupied)));
    assertTrue(String.valueOf(e.getMessage()).contains(occupied.toString()), e.getMessage());
  }

  @Test
  void weightsThatDoNotFitAreTheUsualError() {
    Network network = TuningProgram.network(16);
    try (Weights weights = Weights.random(TuningProgram.network(8), 1)) {
      assertThrows(WeightsException.class, () -> network.tune(weights, options()));
    }
  }

  @Test
  void answersStayExact() {
    Network network = TuningProgram.network(16);
    float[] picture = new float[8 * 12 * 12];
    for (int i = 0; i < picture.length; i++) {
      picture[i] = (float) Math.sin(i);
    }
    try (Weights weights = Weights.random(network, 1)) {
      network.tune(weights, options());
      try (Model plain = network.compile(weights, CompileOptions.defaults().without("choose_algorithm"));
          Model tuned = network.compile(weights, options())) {
        assertArrayEquals(plain.run(picture), tuned.run(picture), 2e-6f);
      }
    }
  }
}
