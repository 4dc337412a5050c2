package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Saving a compiled model and mapping it again. */
class SavedPlanTest {
  @TempDir private Path folder = Path.of("");

  private final Network network = network(16);
  private Path plan = Path.of("");
  private float[] expected = {};

  private static Network network(int filters) {
    Graph graph = new Graph("small");
    Node x = graph.input(3, 24, 24).convolution("c1", Convolution.of(filters, 3).same().noBias()).batchNorm("n1", BatchNorm.torch(1e-5)).relu("r1");
    x = x.convolution("c2", Convolution.of(24, 3).same()).relu("r2").maxPool("p", Pool.of(2)).batchNorm("n2", BatchNorm.torch(1e-5));
    Node logits = x.dense("d", Dense.of(5));
    graph.head("main", logits, logits.softmax("s"));
    return graph.build("test");
  }

  private static float[] picture() {
    float[] picture = new float[3 * 24 * 24];
    for (int i = 0; i < picture.length; i++) {
      picture[i] = (float) Math.sin(i);
    }
    return picture;
  }

  @BeforeEach
  void save() {
    plan = folder.resolve("small.plan");
    try (Weights weights = Weights.random(network, 3);
        Model model = network.compile(weights, CompileOptions.defaults().threads(1))) {
      model.save(plan);
      expected = model.run(picture());
    }
  }

  @Test
  void aLoadedModelAnswersTheSameBits() {
    try (Model model = network.load(plan)) {
      assertArrayEquals(expected, model.run(picture()));
      assertEquals(List.of("main.logits", "main.softmax"), model.outputs());
      assertEquals(1, model.options().threads());
    }
  }

  @Test
  void otherBatchesAndSizesOfItCanBeAskedFor() {
    try (Model model = network.load(plan); Session session = model.session(2)) {
      session.input().put(picture()).put(picture());
      session.run();
      float[] both = new float[10];
      session.output().get(both);
      assertArrayEquals(expected, Arrays.copyOf(both, 5), 1e-5f);
    }
  }

  @Test
  void weightsStayInTheFile() {
    long before = Quintet.nativeMemory();
    try (Model model = network.load(plan)) {
      assertTrue(Quintet.nativeMemory() - before < model.packedBytes() / 2, Quintet.nativeMemory() + " after " + before);
    }
    assertEquals(before, Quintet.nativeMemory());
  }

  @Test
  void everyPackedTensorStartsOnABoundaryOf64Bytes() throws IOException {
    byte[] bytes = Files.readAllBytes(plan);
    int header = bytes[0] & 255 | (bytes[1] & 255) << 8 | (bytes[2] & 255) << 16;
    assertEquals(0, (8 + header) % 64);
    String json = new String(bytes, 8, header, StandardCharsets.UTF_8);
    for (String entry : json.split("\"packed/")) {
      int at = entry.indexOf("\"data_offsets\":[");
      assertTrue(at < 0 || Long.parseLong(entry.substring(at + 16, entry.indexOf(',', at + 16))) % 64 == 0, entry);
    }
  }

  @Test
  void lanesCanBeChosenAnew() {
    try (Model model = network.load(plan, 2)) {
      assertEquals(2, model.options().lanes());
      assertArrayEquals(expected, model.run(picture()));
    }
  }

  @Test
  void twoModelsMayShareTheFileAndItMayBeReplacedMeanwhile() {
    try (Model one = network.load(plan); Model two = network.load(plan)) {
      two.save(plan);
      assertArrayEquals(expected, one.run(picture()));
      try (Model three = network.load(plan)) {
        one.close();
        assertArrayEquals(expected, three.run(picture()));
      }
      assertArrayEquals(expected, two.run(picture()));
    }
  }

  @Test
  void wordsSavedBesideItAreFoundAgain() {
    try (Model model = network.load(plan)) {
      Path named = folder.resolve("named.plan");
      model.save(named, Map.of("quintet.labels", "yes\nno"));
      assertEquals("yes\nno", Weights.metadata(named).get("quintet.labels"));
      try (Model again = network.load(named)) {
        assertArrayEquals(expected, again.run(picture()));
      }
      ArgumentException e = assertThrows(ArgumentException.class, () -> model.save(named, Map.of("quintet.plan.threads", "7")));
      assertTrue(e.getMessage().contains("quintet.plan.threads"), e.getMessage());
    }
  }

  @Test
  void itSaysWhichParametersItWasMadeOf() {
    assertEquals(Set.copyOf(network.parameters().stream().map(Network.Parameter::name).toList()), Model.savedParameters(plan));
  }

  @Test
  void anotherNetworkIsRefusedByType() {
    PlanException e = assertThrows(PlanException.class, () -> network(17).load(plan));
    assertTrue(String.valueOf(e.getMessage()).contains(plan.toString()) && String.valueOf(e.getMessage()).contains("network"), e.getMessage());
  }

  /** The file with its words changed; they keep their length, so that the rest stays where it was. */
  private void replaceInHeader(String from, String to) throws IOException {
    byte[] bytes = Files.readAllBytes(plan);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int at = text.indexOf(from);
    assertTrue(at > 0 && from.length() == to.length(), from);
    System.arraycopy(to.getBytes(StandardCharsets.ISO_8859_1), 0, bytes, at, to.length());
    Files.write(plan, bytes);
  }

  @Test
  void anotherCpuVersionOrFormatIsRefusedSayingWhatWasFoundAndExpected() throws IOException {
    byte[] good = Files.readAllBytes(plan);
    for (Map.Entry<String, String> change : Map.of(
        " signature ", " signXture ", "quintet.plan.onednn\":\"3", "quintet.plan.onednn\":\"9", "quintet.plan.format\":\"3", "quintet.plan.format\":\"4",
        "quintet.plan.quintet\":\"0", "quintet.plan.quintet\":\"9").entrySet()) {
      replaceInHeader(change.getKey(), change.getValue());
      PlanException e = assertThrows(PlanException.class, () -> network.load(plan), change.getKey());
      assertTrue(String.valueOf(e.getMessage()).contains("here it is"), e.getMessage());
      Files.write(plan, good);
    }
  }

  @Test
  void weightsAreNoPlan() {
    Path file = folder.resolve("weights.safetensors");
    try (Weights weights = Weights.random(network, 3)) {
      weights.save(file);
    }
    assertThrows(FormatException.class, () -> network.load(file));
    assertThrows(FormatException.class, () -> network.load(folder.resolve("nowhere")));
    assertThrows(FormatException.class, () -> Model.savedParameters(file));
  }

  @Test
  void aTruncatedFileIsAnErrorWhereverItEnds() throws IOException {
    byte[] good = Files.readAllBytes(plan);
    for (int length = 0; length < good.length; length += Math.max(1, good.length / 97)) {
      Files.write(plan, Arrays.copyOf(good, length));
      assertThrows(QuintetException.class, () -> network.load(plan));
    }
  }

  /** Whatever a file's header claims, loading it either works or ends in one of our exceptions. */
  @Test
  void aDamagedHeaderEndsInAnErrorOrAModel() throws IOException {
    byte[] good = Files.readAllBytes(plan);
    int header = good[0] & 255 | (good[1] & 255) << 8 | (good[2] & 255) << 16;
    Random random = new Random(5);
    for (int i = 0; i < 400; i++) {
      byte[] bad = good.clone();
      for (int change = 0; change <= i % 3; change++) {
        bad[random.nextInt(8 + header)] = (byte) (random.nextBoolean() ? '0' + random.nextInt(10) : random.nextInt(256));
      }
      Files.write(plan, bad);
      try (Model model = network.load(plan)) {
        assertFalse(model.outputs().isEmpty());
      } catch (QuintetException e) {
        assertFalse(String.valueOf(e.getMessage()).isEmpty());
      }
    }
  }

  @Test
  void optionsOfTheFileAreCheckedLikeAnyOthers() throws IOException {
    byte[] good = Files.readAllBytes(plan);
    for (String[] change : new String[][] {
      {"quintet.plan.threads\":\"1", "quintet.plan.threads\":\"x"}, {"quintet.plan.batch\":\"1", "quintet.plan.batch\":\"0"},
      {"quintet.plan.precision\":\"EXACT", "quintet.plan.precision\":\"exact"}, {"quintet.plan.lanes", "quintet.plan.Lanes"}}) {
      replaceInHeader(change[0], change[1]);
      assertThrows(FormatException.class, () -> network.load(plan), change[1]);
      Files.write(plan, good);
    }
  }

  @Test
  void aFileThatCannotBeWrittenIsAnErrorAndTheOldOneStays() throws IOException {
    try (Model model = network.load(plan)) {
      Path nowhere = folder.resolve("nowhere/small.plan");
      WeightsException e = assertThrows(WeightsException.class, () -> model.save(nowhere));
      assertTrue(String.valueOf(e.getMessage()).contains(nowhere.toString()), e.getMessage());
      assertThrows(WeightsException.class, () -> model.save(folder));
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(plan), files.toList());
    }
  }

  @Test
  void aClosedModelCannotBeSaved() {
    Model model = network.load(plan);
    model.close();
    assertThrows(ClosedException.class, () -> model.save(folder.resolve("late.plan")));
  }

  @Test
  void choicesThatWereMeasuredAreKept() {
    Path tuning = folder.resolve("tuning");
    CompileOptions options = CompileOptions.defaults().threads(1).tune(tuning);
    try (Weights weights = Weights.random(network, 3)) {
      network.tune(weights, options);
      try (Model model = network.compile(weights, options)) {
        model.save(plan);
        try (Model again = network.load(plan)) {
          assertEquals(model.explain(), again.explain());
        }
      }
    }
  }
}
