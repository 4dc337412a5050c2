package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quintet.cli.Outcome.objects;

import com.fasterxml.jackson.jr.ob.JSON;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.Weights;
import org.quintet.testing.SyntheticFiles;

/** {@code train} and {@code evaluate}, on data made up here. */
class TrainTest {
  @TempDir private Path folder = Path.of("");
  private Path data = Path.of("");
  private Path output = Path.of("");

  @BeforeEach
  void makeDigits() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    SyntheticFiles.mnist(data, 60, 20, 5);
    output = folder.resolve("weights.safetensors");
  }

  private Outcome train(Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("train", "lenet5", "--data", data, "--output", output, "--batch", 16));
    arguments.addAll(Arrays.asList(more));
    if (!arguments.contains("--optimizer")) {
      arguments.addAll(List.of("--optimizer", "adam"));
    }
    return Outcome.of(arguments.toArray());
  }

  @Test
  void trainsAndEvaluates() throws IOException {
    Path metrics = folder.resolve("metrics.jsonl");
    Path plot = folder.resolve("curves.png");
    Map<String, Object> document =
        train("--epochs", 4, "--validation", data, "--metrics", metrics, "--plot", plot, "--json").json();
    assertEquals(4, objects(document, "epochs").size());
    assertEquals(16, document.get("updates"));
    assertEquals("finished", document.get("ended"));
    Map<String, Object> result = Outcome.of("evaluate", "lenet5", "--weights", output, "--data", data, "--json").json();
    assertEquals(20, result.get("samples"));
    assertEquals(1.0, result.get("accuracy"));
    assertEquals(objects(document, "epochs").get(3).get("validation_loss").toString().substring(0, 5), result.get("loss").toString().substring(0, 5));
    List<String> lines = Files.readAllLines(metrics);
    assertEquals(4, lines.size());
    assertEquals(2, JSON.std.mapFrom(lines.get(1)).get("epoch"));
    assertEquals(1280, ImageIO.read(plot.toFile()).getWidth());
    assertFalse(Files.exists(folder.resolve("weights.safetensors.checkpoint")), "it was of use only until the end");
  }

  @Test
  void saysHowItGoesWithoutATerminal() {
    Outcome outcome = train("--epochs", 2, "--plot", folder.resolve("curves.svg"));
    assertEquals(0, outcome.status(), outcome.err());
    assertTrue(outcome.err().contains("epoch 2/2: loss") && outcome.err().contains("ms/step"), outcome.err());
    assertFalse(outcome.err().contains("\r"), "no bar");
    assertTrue(outcome.out().contains("weights in " + output), outcome.out());
    assertTrue(Files.exists(folder.resolve("curves.svg")));
  }

  @Test
  void storesHalfPrecisionWhenAskedTo() throws IOException {
    assertEquals(0, train("--epochs", 1, "--store", "f16").status());
    assertTrue(Files.size(output) < 3_400_000, "bytes: " + Files.size(output));
    Outcome.of("evaluate", "lenet5", "--weights", output, "--data", data, "--json").json();
  }

  @Test
  void goesOnFromACheckpointToTheSameBits() throws IOException {
    Object[] how = {"--augment", "digits", "--schedule", "cosine", "--epochs", 3, "--seed", 7, "--checkpoint", folder.resolve("checkpoint")};
    assertEquals(0, train(how).status());
    byte[] whole = Files.readAllBytes(output);
    Files.delete(output);
    Object[] resumed = Arrays.copyOf(how, how.length + 2);
    resumed[how.length] = "--resume";
    resumed[how.length + 1] = folder.resolve("checkpoint");
    assertEquals(0, train(resumed).status(), "there is nothing left to do but to write the weights");
    assertArrayEquals(whole, Files.readAllBytes(output));
    resumed[5] = 4;
    assertEquals(0, train(resumed).status());
    assertFalse(Arrays.equals(whole, Files.readAllBytes(output)), "another epoch");
  }

  @Test
  void trainsOnFoldersOfPicturesAndKeepsTheNamesOfTheClasses() throws IOException {
    for (String part : new String[] {"train", "val"}) {
      for (int label = 0; label < 2; label++) {
        Path classFolder = Files.createDirectories(folder.resolve("pictures").resolve(part).resolve(label == 0 ? "dark" : "light"));
        for (int i = 0; i < 10; i++) {
          BufferedImage image = new BufferedImage(40, 36, BufferedImage.TYPE_INT_RGB);
          image.createGraphics().fillRect(0, 0, label == 0 ? 5 : 40, 4 + i);
          ImageIO.write(image, "png", classFolder.resolve(i + ".png").toFile());
        }
      }
    }
    data = folder.resolve("pictures");
    assertEquals(0, train("--epochs", 4).status());
    Map<String, Object> result = Outcome.of("evaluate", "lenet5", "--weights", output, "--data", data, "--json").json();
    assertEquals(20, result.get("samples"));
    assertEquals(1.0, result.get("accuracy"));
    Path picture = data.resolve("val/light/3.png");
    Outcome named = Outcome.of("classify", picture, "--weights", output);
    assertEquals(0, named.status(), named.err());
    assertTrue(named.out().startsWith("light"), named.out());

    Files.writeString(data.resolve("train/dark/notes.txt"), "no picture");
    train("--epochs", 1).assertLastError(1, "notes.txt");
    Outcome skipping = train("--epochs", 1, "--skip-corrupt");
    assertEquals(0, skipping.status(), skipping.err());
    assertTrue(skipping.err().contains("skipped: ") && skipping.err().contains("notes.txt"), skipping.err());
  }

  @Test
  void fineTunesWithAFreshHeadAndFrozenLayers() {
    assertEquals(0, train("--epochs", 1).status());
    Path tuned = folder.resolve("tuned.safetensors");
    Object[] tuning = {"train", "lenet5", "--data", data, "--output", tuned, "--epochs", 1, "--weights", output, "--freeze-until", "pool2"};
    Outcome same = Outcome.of(tuning);
    assertEquals(0, same.status(), same.err());
    Object[] seven = Arrays.copyOf(tuning, tuning.length + 2);
    seven[tuning.length] = "--classes";
    seven[tuning.length + 1] = 7;
    Outcome fresh = Outcome.of(seven);
    assertEquals(0, fresh.status(), fresh.err());
    try (Weights before = Weights.open(output); Weights after = Weights.open(tuned)) {
      assertArrayEquals(before.get("conv2.weight").toFloats(), after.get("conv2.weight").toFloats());
      assertArrayEquals(new long[] {7, 500}, after.get("preds.weight").shape());
    }
  }

  @Test
  void aTrainedFileNeedsNoOptionsToBeUsed() throws IOException {
    Path cifar = Files.createDirectory(folder.resolve("cifar"));
    Files.write(cifar.resolve("data_batch_1.bin"), SyntheticFiles.cifar(20));
    Files.write(cifar.resolve("test_batch.bin"), SyntheticFiles.cifar(10));
    Object[] how = {"train", "resnet18", "--input-shape", "32,32,3", "--data", cifar, "--output", output, "--epochs", 1, "--batch", 10};
    assertEquals(0, Outcome.of(how).status());
    assertEquals(10, Outcome.of("evaluate", "resnet18", "--weights", output, "--data", cifar, "--json").json().get("samples"));
    Path picture = folder.resolve("picture.png");
    ImageIO.write(new BufferedImage(50, 40, BufferedImage.TYPE_INT_RGB), "png", picture.toFile());
    Map<String, Object> answer = objects(Outcome.of("classify", picture, "--weights", output, "--top", 10, "--json").json(), "results").get(0);
    assertTrue(objects(answer, "predictions").stream().anyMatch(p -> "frog".equals(p.get("label"))), answer.toString());
    Outcome.of("evaluate", "lenet5", "--weights", output, "--data", cifar).assertError(1, "weights.safetensors", "resnet18", "lenet5");
  }

  @Test
  void endsEarly() {
    Map<String, Object> document = train("--epochs", 30, "--lr", 0, "--validation", data, "--early-stop", 2, "--json").json();
    assertEquals("early", document.get("ended"));
    assertEquals(3, objects(document, "epochs").size());
  }

  @Test
  void whatCannotWorkIsSaidAtOnce() throws IOException {
    train("--optimizer", "lion").assertLastError(2, "lion", "adamw");
    train("--augment", "twist=3").assertLastError(2, "twist=3");
    train("--schedule", "exp").assertLastError(2, "exp", "cosine");
    train("--epochs", 0).assertLastError(2, "--epochs");
    train("--plot", folder.resolve("curves.gif")).assertLastError(2, "curves.gif");
    train("--checkpoint", folder.resolve("none/checkpoint")).assertLastError(1, "none");
    train("--freeze-until", "conv9").assertLastError(1, "conv9", "conv1");
    train("--resume", output).assertLastError(1, "weights.safetensors");
    train("--classes", 3).assertLastError(1, "label ", "0 to 2");
    Outcome.of("train", "lenet5", "--data", data, "--output", "/dev/full").assertError(1, "/dev/full", "no regular file");
    Path none = Files.createDirectory(folder.resolve("nothing"));
    SyntheticFiles.mnist(none, 0, 0, 5);
    Outcome.of("train", "lenet5", "--data", none, "--output", output).assertError(1, "nothing", "the data set is empty");
    Outcome.of("train", "lenet5", "--data", data).assertError(2, "--output");
    Outcome.of("train", "lenet5", "--data", folder.resolve("none"), "--output", output).assertError(1, "none", "no such folder");
    Outcome.of("train", "lenet5", "--data", Files.createDirectory(folder.resolve("empty")), "--output", output).assertError(1, "empty", "no data set");
    assertFalse(Files.exists(output));
  }

  @Test
  void aNetworkForOtherChannelsIsNoNetworkForThisData() throws IOException {
    Path cifar = Files.createDirectory(folder.resolve("cifar"));
    Files.write(cifar.resolve("data_batch_1.bin"), SyntheticFiles.cifar(10));
    Outcome.of("train", "lenet5", "--data", cifar, "--output", output).assertError(1, "1 channel", "3", "--input-shape");
    Outcome.of("train", "resnet18", "--data", data, "--output", output).assertError(1, "3 channel", "1");
  }

  @Test
  void damagedDataIsNamed() throws IOException {
    SyntheticFiles.idx(data.resolve("train-images-idx3-ubyte"), new byte[100], 60, 28, 28);
    train("--epochs", 1).assertLastError(1, "train-images-idx3-ubyte", "truncated");
  }

  @Test
  void aLossThatIsNoNumberEndsTrainingAndNamesTheStep() {
    train("--epochs", 3, "--optimizer", "sgd", "--lr", 1e20).assertLastError(1, "step", "epoch");
    assertFalse(Files.exists(output));
  }

  @Test
  void evaluationNeedsWeightsThatFit() throws IOException {
    Outcome.of("evaluate", "lenet5", "--data", data).assertError(2, "--weights");
    Outcome.of("evaluate", "lenet5", "--data", data, "--weights", folder.resolve("none")).assertError(1, "none");
    assertEquals(0, train("--epochs", 1).status());
    Outcome.of("evaluate", "lenet5", "--classes", 7, "--data", data, "--weights", output).assertError(1, "preds.weight");
  }
}
