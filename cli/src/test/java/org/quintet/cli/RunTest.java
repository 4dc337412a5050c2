package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.FloatBuffer;
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
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Tensor;
import org.quintet.Weights;
import org.quintet.models.Models;
import org.quintet.weights.Npy;

/** {@code run}: raw tensors in, raw tensors out. */
class RunTest {
  private static final int BATCH = 3;

  @TempDir private Path folder = Path.of("");
  private Path weights = Path.of("");
  private Path input = Path.of("");
  private final Network network = Models.builder("lenet5").build();
  private final float[] pictures = pictures(BATCH * 32 * 32);

  @BeforeEach
  void writeWeightsAndPictures() {
    weights = folder.resolve("weights.safetensors");
    input = folder.resolve("input.npy");
    try (Weights random = Weights.random(network, 5)) {
      random.save(weights);
    }
    Npy.write(input, new long[] {BATCH, 1, 32, 32}, FloatBuffer.wrap(pictures));
  }

  private static float[] pictures(int count) {
    Random random = new Random(3);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  private float[] expected() {
    try (Weights opened = Weights.open(weights); Model model = network.compile(opened, CompileOptions.defaults())) {
      return model.run(pictures);
    }
  }

  private Outcome run(Path in, Path out, Object... more) {
    Object[] arguments = {"run", "lenet5", "--weights", weights, "--input", in, "--output", out};
    return Outcome.of(Stream.of(arguments, more).flatMap(Arrays::stream).toArray());
  }

  @Test
  void npyHoldsTheMainHeadsLogitsForTheBatchOfTheInput() {
    Path output = folder.resolve("y.npy");
    assertEquals(BATCH, run(input, output, "--json").json().get("batch"));
    Npy logits = Npy.read(output);
    assertArrayEquals(new long[] {BATCH, 10}, logits.shape());
    assertArrayEquals(expected(), logits.values(), 1e-5f);
  }

  @Test
  void npyHoldsTheOneLayerThatIsNamed() {
    Path output = folder.resolve("y.npy");
    assertEquals(0, run(input, output, "--layer", "conv1").status());
    assertArrayEquals(new long[] {BATCH, 20, 32, 32}, Npy.read(output).shape());
  }

  @Test
  void safetensorsHoldsEveryHeadAndEveryLayerNamed() {
    Path output = folder.resolve("y.safetensors");
    assertEquals(0, run(input, output, "--layer", "conv1", "pool2").status());
    try (Weights tensors = Weights.open(output)) {
      assertEquals(Set.of("preds.logits", "preds.softmax", "conv1", "pool2"), tensors.names());
      assertArrayEquals(new long[] {BATCH, 50, 8, 8}, tensors.get("pool2").shape());
      assertArrayEquals(expected(), tensors.get("preds.logits").toFloats(), 1e-5f);
    }
  }

  @Test
  void theInputMayBeASafetensorsFileOfOneTensorOrOneThatIsCalledInput() {
    Tensor tensor = Tensor.of(pictures, BATCH, 1, 32, 32);
    Path output = folder.resolve("y.npy");
    for (Map<String, Tensor> tensors : List.of(Map.of("x", tensor), Map.of("input", tensor, "other", Tensor.of(new float[2], 2)))) {
      Path file = folder.resolve("x.safetensors");
      try (Weights all = Weights.of(tensors)) {
        all.save(file);
      }
      assertEquals(0, run(file, output).status());
      assertArrayEquals(expected(), Npy.read(output).values(), 1e-5f);
    }
  }

  @Test
  void aSafetensorsInputOfManyTensorsNeedsOneThatIsCalledInput() {
    run(weights, folder.resolve("y.npy")).assertError(1, "weights.safetensors", "input");
  }

  @Test
  void passesCanBeSwitchedOffAndTheAnswerStays() {
    Path output = folder.resolve("y.npy");
    assertEquals(0, run(input, output, "--without", "fuse_activation", "fold_batch_norm", "--threads", 1).status());
    assertArrayEquals(expected(), Npy.read(output).values(), 1e-5f);
    run(input, output, "--without", "fuse_everything").assertError(1, "fuse_everything");
  }

  @Test
  void picturesOfAnotherSizeSayWhichOptionTakesThem() {
    Path other = folder.resolve("other.npy");
    Npy.write(other, new long[] {1, 1, 28, 30}, FloatBuffer.wrap(new float[28 * 30]));
    run(other, folder.resolve("y.npy")).assertError(1, "1 x 1 x 28 x 30", "1 x 32 x 32", "--input-shape 28,30,1");
  }

  @Test
  void tensorsThatAreNoBatchOfPicturesAreRefused() {
    Path flat = folder.resolve("flat.npy");
    Npy.write(flat, new long[] {1024}, FloatBuffer.wrap(new float[1024]));
    run(flat, folder.resolve("y.npy")).assertError(1, "batch, channels, height, width");
    Path none = folder.resolve("none.npy");
    Npy.write(none, new long[] {0, 1, 32, 32}, FloatBuffer.wrap(new float[0]));
    run(none, folder.resolve("y.npy")).assertError(1, "batch is 0");
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    Path nowhere = folder.resolve("nowhere.npy");
    Path output = folder.resolve("y.npy");
    run(nowhere, output).assertError(1, "nowhere.npy");
    Outcome.of("run", "lenet5", "--input", input, "--output", output).assertError(2, "--weights");
    Outcome.of("run", "lenet5", "--weights", nowhere, "--input", input, "--output", output).assertError(1, "nowhere.npy");
    Outcome.of("run", "lenet5", "--weights", weights, "--output", output).assertError(2, "--input");
    Path text = Files.writeString(folder.resolve("text.npy"), "no tensor");
    run(text, output).assertError(1, "text.npy");
    assertFalse(Files.exists(output));
  }

  @Test
  void weightsOfAnotherNetworkAreListedInOneLine() {
    Outcome.of("run", "lenet5", "--classes", 7, "--weights", weights, "--input", input, "--output", folder.resolve("y.npy"))
        .assertError(1, "preds.weight", "--variant: article, classic");
    Outcome.of(
        "run", "lenet5", "--variant", "classic", "--weights", weights, "--input", input, "--output", folder.resolve("y.npy"))
        .assertError(1, "c1.weight");
  }

  @Test
  void anOutputWhoseNameSaysNoFormIsRefused() {
    run(input, folder.resolve("y.txt")).assertError(2, "y.txt", ".npy", ".safetensors");
    run(input, folder.resolve("nowhere/y.npy")).assertError(1, "nowhere/y.npy");
  }

  @Test
  void layersThatDoNotExistOrDoNotFitTheFileAreRefused() {
    run(input, folder.resolve("y.npy"), "--layer", "conv").assertError(2, "no layer conv", "conv1");
    run(input, folder.resolve("y.npy"), "--layer", "conv1", "conv2").assertError(2, ".safetensors");
  }
}
