package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quintet.cli.Outcome.objects;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.Weights;
import org.quintet.models.Models;
import org.quintet.testing.Shared;

/** {@code classify}: pictures in, names out. */
class ClassifyTest {
  @TempDir private Path folder = Path.of("");
  private Path picture = Path.of("");
  private Path weights = Path.of("");

  @BeforeEach
  void drawADigit() throws IOException {
    picture = folder.resolve("one.png");
    BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
    image.createGraphics().fillRect(13, 4, 3, 20);
    ImageIO.write(image, "png", picture.toFile());
    weights = folder.resolve("weights.safetensors");
    try (Weights random = Weights.random(Models.builder("lenet5").build(), 1)) {
      random.save(weights);
    }
  }

  @Test
  void predictionsAreTheMostProbableClassesInOrder() {
    Map<String, Object> document = Outcome.of("classify", picture, "--model", "lenet5", "--weights", weights, "--json", "--top", 3).json();
    Map<String, Object> result = objects(document, "results").get(0);
    assertEquals(picture.toString(), result.get("file"));
    List<Map<String, Object>> predictions = objects(result, "predictions");
    assertEquals(3, predictions.size());
    assertEquals(predictions.get(0).get("index").toString(), predictions.get(0).get("label"));
    assertTrue((Double) predictions.get(0).get("probability") >= (Double) predictions.get(1).get("probability"));
  }

  @Test
  void aPictureThatFailsDoesNotStopTheOthers() throws IOException {
    Path text = Files.writeString(folder.resolve("text.jpg"), "no picture");
    Outcome outcome = Outcome.of("classify", picture, text, picture, "--model", "lenet5", "--weights", weights, "--json");
    assertEquals(1, outcome.status());
    outcome.assertErrorLine("text.jpg");
    List<Map<String, Object>> results = objects(outcome.document(), "results");
    assertEquals(3, results.size());
    assertTrue(results.get(0).containsKey("predictions") && results.get(2).containsKey("predictions"));
    assertTrue(results.get(1).get("error").toString().contains("text.jpg"), results.toString());
    Outcome plain = Outcome.of("classify", picture, text, "--model", "lenet5", "--weights", weights);
    assertEquals(1, plain.status());
    assertTrue(plain.out().contains("one.png:"), plain.out());
  }

  @Test
  void aMissingPictureIsAnError() {
    Outcome outcome = Outcome.of("classify", folder.resolve("nowhere.png"), "--model", "lenet5", "--weights", weights);
    assertEquals(1, outcome.status());
    outcome.assertErrorLine("nowhere.png");
  }

  @Test
  void whatIsNotSaidIsAskedFor() {
    Outcome.of("classify", picture, "--model", "googlenet").assertError(2, "googlenet", "--weights");
    Outcome.of("classify", picture, "--weights", weights).assertError(2, "--model");
    Outcome.of("classify", "--model", "lenet5").assertError(2, "PICTURE");
  }

  @Test
  void labelsMustBeAsManyAsClasses() throws IOException {
    Path labels = Files.writeString(folder.resolve("labels.txt"), "zero\none\n");
    Outcome.of("classify", picture, "--model", "lenet5", "--weights", weights, "--labels", labels).assertError(1, "2 labels", "10");
    Path ten = Files.writeString(folder.resolve("ten.txt"), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
    Map<String, Object> document = Outcome.of("classify", picture, "--model", "lenet5", "--weights", weights, "--labels", ten, "--json").json();
    String label = objects(objects(document, "results").get(0), "predictions").get(0).get("label").toString();
    assertTrue(label.matches("[a-j]"), label);
  }

  @Test
  void aPhotographOfASamoyedIsRecognised() {
    Path photograph = Shared.path("data/images/samoyed.jpg");
    Path trained = Shared.path("data/weights/bvlc_googlenet.onnx");
    Outcome outcome = Outcome.of("classify", photograph, "--model", "googlenet", "--variant", "paper", "--weights", trained);
    assertEquals(0, outcome.status(), outcome.err());
    assertTrue(outcome.out().startsWith("Samoyed  9"), outcome.out());
  }
}
