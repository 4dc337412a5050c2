package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quintet.cli.Outcome.objects;

import java.awt.Color;
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
import org.quintet.models.Models;
import org.quintet.testing.Shared;
import org.quintet.testing.SyntheticFiles;

/** {@code quantize}, and what the other commands do with its files. */
class QuantizeTest {
  @TempDir private Path folder = Path.of("");
  private Path data = Path.of("");
  private Path weights = Path.of("");
  private Path output = Path.of("");

  @BeforeEach
  void makeDigitsAndWeights() throws IOException {
    data = Files.createDirectory(folder.resolve("data"));
    SyntheticFiles.mnist(data, 60, 20, 5);
    weights = folder.resolve("weights.safetensors");
    output = folder.resolve("int8.safetensors");
    try (Weights random = Weights.random(Models.builder("lenet5").build(), 1)) {
      random.save(weights);
    }
  }

  private Outcome quantize(Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("quantize", "lenet5", "--weights", weights, "--output", output));
    arguments.addAll(Arrays.asList(more));
    return Outcome.of(arguments.toArray());
  }

  @Test
  @SuppressWarnings("unchecked")   // what the document holds is known
  void saysWhatBecameOfTheNetwork() throws IOException {
    Map<String, Object> document = quantize("--calibrate", data, "--compare", data, "--samples", 10, "--json").json();
    assertEquals(List.of("conv1", "conv2", "dense1", "preds"), document.get("quantized"));
    assertEquals(List.of(), document.get("kept"));
    assertEquals(10, document.get("calibration_samples"));
    assertEquals((int) Files.size(output), document.get("bytes"));
    assertTrue(Files.size(output) < 0.27 * Files.size(weights), "a byte each where there were four");
    Map<String, Object> agreement = (Map<String, Object>) document.get("agreement");
    assertEquals(20, agreement.get("samples"));
    assertTrue((Double) agreement.get("top1") >= 0.9 && (Double) agreement.get("top5") >= 0.9, agreement.toString());
    assertEquals(20, ((Map<String, Object>) document.get("accuracy")).get("samples"));
    List<Map<String, Object>> layers = objects(document, "layers");
    assertEquals(List.of("conv1", "conv2", "dense1", "preds"), layers.stream().map(l -> l.get("name")).toList());
    assertTrue(layers.stream().allMatch(l -> l.get("precision").equals("int8") && (Double) l.get("relative_rms") < 0.05), layers.toString());
  }

  @Test
  void tellsAPersonTheSame() {
    Outcome outcome = quantize("--calibrate", data, "--keep", "first", "preds", "--method", "entropy");
    assertEquals(0, outcome.status(), outcome.err());
    assertEquals("", outcome.err(), "nobody looks");
    assertTrue(outcome.out().contains("2 of 4 layers in 8 bits") && outcome.out().contains("best class"), outcome.out());
    assertTrue(outcome.out().lines().anyMatch(l -> l.startsWith("conv1") && l.contains("float")), outcome.out());
    assertTrue(outcome.out().lines().anyMatch(l -> l.startsWith("conv2") && l.contains("int8")), outcome.out());
  }

  @Test
  void theFileServesEveryCommandInEveryPrecision() throws IOException {
    quantize("--calibrate", data, "--json").json();
    BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
    image.createGraphics().fillRect(13, 4, 3, 20);
    Path picture = folder.resolve("one.png");
    ImageIO.write(image, "png", picture.toFile());
    for (String precision : List.of("exact", "fast", "bf16", "int8")) {
      Outcome.of("bench", "lenet5", "--weights", output, "--precision", precision, "--seconds", 0, "--json").json();
      Outcome.of("classify", picture, "--model", "lenet5", "--weights", output, "--precision", precision, "--json").json();
    }
    Outcome.of("evaluate", "lenet5", "--classes", 10, "--weights", output, "--data", data, "--precision", "int8", "--json").json();
  }

  @Test
  void randomWeightsAreQuantisedToBeMeasured() {
    Map<String, Object> result = Outcome.of("bench", "lenet5", "--precision", "int8", "--seconds", 0, "--json").json();
    assertEquals("int8", result.get("precision"));
  }

  @Test
  void aMaximalDropIsKeptTo() {
    assertEquals(0, quantize("--calibrate", data, "--max-drop", 100).status());
    Map<String, Object> document = quantize("--calibrate", data, "--max-drop", 0, "--json").json();
    assertNotNull(document.get("kept"));
  }

  @Test
  void picturesMayLieInTheFolderItself() throws IOException {
    Path flat = Files.createDirectories(folder.resolve("flat/not-looked-into")).getParent();
    for (int i = 0; i < 3; i++) {
      BufferedImage image = new BufferedImage(40, 36, BufferedImage.TYPE_INT_RGB);
      var graphics = image.createGraphics();
      graphics.setColor(new Color(50 * i, 90, 255 - 40 * i));
      graphics.fillRect(0, 0, 20 + i, 30);
      ImageIO.write(image, "png", flat.resolve(i + ".png").toFile());
    }
    Files.writeString(flat.resolve("notes.txt"), "no picture");
    Map<String, Object> document = quantize("--calibrate", flat, "--json").json();
    assertEquals(3, document.get("calibration_samples"));
    assertNull(document.get("accuracy"), "nobody knows the classes");
    Files.writeString(flat.resolve("broken.png"), "no picture");
    quantize("--calibrate", flat).assertLastError(1, "broken.png");
  }

  @Test
  void whatCannotWorkIsSaidAtOnce() throws IOException {
    Outcome.of("quantize", "lenet5", "--calibrate", data, "--output", output).assertError(2, "--weights");
    Outcome.of("quantize", "lenet5", "--weights", weights, "--output", output).assertError(2, "--calibrate");
    Outcome.of("quantize", "lenet5", "--weights", weights, "--calibrate", data).assertError(2, "--output");
    quantize("--calibrate", data, "--method", "guess").assertError(2, "guess", "entropy");
    quantize("--calibrate", data, "--method", "percentile=0").assertError(2, "percentile");
    quantize("--calibrate", data, "--samples", 0).assertError(2, "--samples");
    quantize("--calibrate", data, "--max-drop", -1).assertError(2, "--max-drop");
    quantize("--calibrate", data, "--keep", "conv9").assertError(2, "conv9", "conv1");
    quantize("--calibrate", folder.resolve("none")).assertError(1, "none", "no such folder");
    quantize("--calibrate", Files.createDirectory(folder.resolve("empty"))).assertError(1, "empty", "no data set");
    Outcome.of("quantize", "lenet5", "--weights", folder.resolve("none"), "--calibrate", data, "--output", output).assertError(1, "none");
    Outcome.of("quantize", "lenet5", "--weights", weights, "--calibrate", data, "--output", folder.resolve("none/x")).assertError(1, "no folder");
    Outcome.of("quantize", "lenet5", "--weights", weights, "--calibrate", data, "--output", folder).assertError(1, "directory");
    Outcome.of("quantize", "resnet18", "--weights", weights, "--calibrate", data, "--output", output).assertError(1, "channel");
    assertFalse(Files.exists(output));
  }

  @Test
  void eightBitsNeedAQuantisedFile() {
    Outcome.of("evaluate", "lenet5", "--classes", 10, "--weights", weights, "--data", data, "--precision", "int8").assertError(1, "quantize");
    Outcome.of("bench", "lenet5", "--weights", weights, "--precision", "int8").assertError(1, "quantize");
    quantize("--calibrate", data, "--json").json();
    Path again = folder.resolve("again.safetensors");
    Outcome.of("quantize", "lenet5", "--weights", output, "--calibrate", data, "--output", again).assertError(1, "already");
    Outcome.of("bench", "lenet5", "--weights", output, "--onnx-out", folder.resolve("x.onnx")).assertError(1, "quantised");
  }

  @Test
  void photographsAreRecognisedAsBefore() {
    Path photographs = Shared.path("data/images");
    Path trained = Shared.path("data/weights/bvlc_googlenet.onnx");
    Map<String, Object> document = Outcome.of("quantize", "googlenet", "--variant", "paper", "--weights", trained, "--calibrate", photographs,
        "--output", output, "--max-drop", 0, "--json").json();
    assertEquals(16, document.get("calibration_samples"));
    assertEquals(1.0, ((Map<?, ?>) document.get("agreement")).get("top1"), document.get("agreement").toString());
    assertTrue(((List<?>) document.get("kept")).size() < 20, document.get("kept").toString());
    Outcome samoyed = Outcome.of("classify", photographs.resolve("samoyed.jpg"), "--model", "googlenet", "--variant", "paper", "--weights", output,
        "--precision", "int8");
    assertTrue(samoyed.out().startsWith("Samoyed  9"), samoyed.out() + samoyed.err());
  }
}
