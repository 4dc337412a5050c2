package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.Weights;
import org.quintet.data.Cifar10;
import org.quintet.models.TrainedAs;
import org.quintet.weights.Npy;

/** {@code compile}, and commands that start from what it saved. */
class CompileTest {
  private static final Object[] FORM = {"googlenet", "--variant", "article", "--input-shape", "65,65,3", "--classes", "10"};

  @TempDir private Path folder = Path.of("");
  private Path weights = Path.of("");
  private Path plan = Path.of("");

  private static Object[] command(String name, Object... more) {
    return Stream.of(Stream.of(name), Stream.of(FORM), Stream.of(more)).flatMap(words -> words).toArray();
  }

  private static Outcome of(String name, Object[] form, Object... more) {
    return Outcome.of(Stream.of(Stream.of(name), Stream.of(form), Stream.of(more)).flatMap(words -> words).toArray());
  }

  @BeforeEach
  void compile() {
    weights = folder.resolve("w.onnx");
    plan = folder.resolve("w.plan");
    Outcome.of(command("bench", "--seconds", 0, "--json", "--onnx-out", weights)).json();   // the main head's weights only
    Map<String, Object> said = Outcome.of(command("compile", "--weights", weights, "--threads", 1, "--output", plan, "--json")).json();
    assertTrue(((Number) said.get("bytes")).longValue() > 1_000_000, said.toString());
  }

  @Test
  void benchTakesThePlan() {
    Map<String, Object> found = Outcome.of(command("bench", "--plan", plan, "--seconds", 0, "--lanes", 2, "--json")).json();
    assertEquals("exact", found.get("precision"));
    assertEquals(1, found.get("threads"));
    assertEquals(2, found.get("lanes"));
  }

  @Test
  void runGivesTheSameAnswerAsWithWeights() throws Exception {
    Path input = folder.resolve("x.npy");
    float[] pixels = new float[3 * 65 * 65];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) Math.sin(i);
    }
    Npy.write(input, new long[] {1, 3, 65, 65}, FloatBuffer.wrap(pixels));
    Path one = folder.resolve("one.npy");
    Path two = folder.resolve("two.npy");
    String[] form = {"resnet18", "--input-shape", "65,65,3", "--classes", "10"};
    assertEquals(0, of("bench", form, "--seconds", 0, "--onnx-out", weights).status());
    assertEquals(0, of("compile", form, "--weights", weights, "--threads", 1, "--output", plan).status());
    assertEquals("", of("run", form, "--weights", weights, "--threads", 1, "--input", input, "--output", one).err());
    assertEquals("", of("run", form, "--plan", plan, "--input", input, "--output", two).err());
    assertEquals(-1, Files.mismatch(one, two));
  }

  @Test
  void classifyGivesTheSameAnswerAsWithWeights() {
    Path digits = folder.resolve("lenet5.onnx");
    Path saved = folder.resolve("lenet5.plan");
    Path picture = Path.of("../examples/digits/seven.png").toAbsolutePath();
    assertEquals(0, Outcome.of("bench", "lenet5", "--seconds", 0, "--onnx-out", digits).status());
    assertEquals(0, Outcome.of("compile", "lenet5", "--weights", digits, "--output", saved).status());
    Outcome expected = Outcome.of("classify", picture, "--model", "lenet5", "--weights", digits, "--json");
    assertEquals(expected.json(), Outcome.of("classify", picture, "--model", "lenet5", "--plan", saved, "--json").json());
  }

  @Test
  void aPlanSaysWhatItsWeightsWereTrainedAs() {
    Path trained = folder.resolve("trained.safetensors");
    Path saved = folder.resolve("trained.plan");
    Path picture = Path.of("../examples/digits/seven.png").toAbsolutePath();
    TrainedAs form = new TrainedAs("resnet18", "article", 32, 32, 3, Cifar10.transform(), false, List.of("cat", "dog", "frog"));
    try (Weights numbers = Weights.random(form.builder().build(), 1)) {
      numbers.save(trained, form.metadata());
    }
    assertEquals(0, Outcome.of("compile", "resnet18", "--weights", trained, "--output", saved).status());
    Outcome expected = Outcome.of("classify", picture, "--weights", trained, "--json");
    assertEquals(expected.json(), Outcome.of("classify", picture, "--plan", saved, "--json").json());
    assertTrue(expected.out().contains("frog"), expected.out());
    assertEquals(0, Outcome.of("bench", "resnet18", "--plan", saved, "--seconds", 0).status());
    Outcome.of("bench", "resnet34", "--plan", saved, "--seconds", 0).assertError(1, saved.toString(), "resnet18", "resnet34");
  }

  @Test
  void threadsOrPrecisionThatAreNotThePlansAreAnError() {
    Outcome.of(command("bench", "--plan", plan, "--threads", 2, "--seconds", 0)).assertError(1, plan.toString(), "--threads 1");
    Outcome.of(command("bench", "--plan", plan, "--precision", "fast", "--seconds", 0)).assertError(1, plan.toString(), "exact");
  }

  @Test
  void anotherNetworkIsAnError() {
    Outcome.of("bench", "lenet5", "--plan", plan, "--seconds", 0).assertError(1, plan.toString(), "lenet5");
  }

  @Test
  void weightsAndPlanTogetherAreAUsageError() {
    Outcome.of(command("bench", "--plan", plan, "--weights", weights)).assertError(2, "--plan");
    Outcome.of(command("run", "--plan", plan, "--weights", weights, "--input", "x.npy", "--output", "y.npy")).assertError(2, "--plan");
    Outcome.of("classify", "x.png", "--plan", plan).assertError(2, "--model");
    Outcome.of(command("compile", "--output", plan)).assertError(2, "--weights");
  }
}
