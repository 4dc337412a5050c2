package org.quintet.pictures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quintet.FormatException;
import org.quintet.testing.Shared;
import org.quintet.weights.Npy;

/** Photographs and difficult files of others. */
class RealPicturesTest {

  private static Path file(String name) {
    return Shared.path("data/images/" + name);
  }

  /** Sizes and CRC-32 of red, green and blue bytes by Pillow 13.0.0 (exif_transpose, convert("RGB"); 16-bit gray by its high byte). */
  @ParameterizedTest
  @CsvSource({
    "astronaut.png, 512, 512, fdcaa55f",
    "awkward/anim.gif, 120, 80, 842d2279",
    "awkward/bilevel.png, 451, 300, 63aa8809",
    "awkward/cmyk_adobe.jpg, 451, 300, d49dd1a7",
    "awkward/exif6.jpg, 451, 300, 74c2bcf6",
    "awkward/gray.jpg, 451, 300, 76ce0e7a",
    "awkward/gray16.png, 451, 300, f13ffef1",
    "awkward/huge_54mp.jpg, 9000, 6000, 5c5161b3",
    "awkward/la.png, 451, 300, f13ffef1",
    "awkward/one_by_one.png, 1, 1, 976c0c7f",
    "awkward/palette.png, 451, 300, 27204af3",
    "awkward/palette_trns.png, 451, 300, edb45cc0",
    "awkward/photo.bmp, 150, 100, 2f4c7adf",
    "awkward/png_named.jpg, 451, 300, 0f829d59",
    "awkward/progressive.jpg, 451, 300, 73f5a9ce",
    "awkward/restart.jpg, 451, 300, 73f5a9ce",
    "awkward/rgb16.png, 451, 300, 0f829d59",
    "awkward/rgba.png, 451, 300, 0f829d59",
    "awkward/sub422.jpg, 451, 300, c7647eae",
    "awkward/sub444.jpg, 451, 300, 08d07b65",
    "awkward/thin.png, 700, 2, e029167f",
    "caffe_cat.jpg, 480, 360, aead0403",
    "camera.png, 512, 512, dae3fc0b",
    "cat_gray.jpg, 480, 360, 59d4df42",
    "chelsea.png, 451, 300, 0f829d59",
    "coffee.png, 600, 400, acf41373",
    "dog_bike.jpg, 768, 576, 5f07ed46",
    "eagle.jpg, 773, 512, 383e7b61",
    "exif_landscape_1.jpg, 1800, 1200, 7dca04fa",
    "exif_landscape_6.jpg, 1800, 1200, d64a79e0",
    "golden_bridge.png, 977, 345, e58a40cf",
    "mt_baker.jpg, 3000, 1458, a2a490dc",
    "rocket.jpg, 640, 427, 49cf24ab",
    "samoyed.jpg, 1546, 1213, b78842f6",
    "tfjs_cat.jpg, 224, 224, db3279d0",
    "tfjs_coffee.jpg, 800, 800, 71f2b039",
  })
  void everyPixelIsAsPillowDecodesIt(String name, int width, int height, String crc) {
    Picture picture = Picture.decode(file(name));
    assertEquals(width, picture.width());
    assertEquals(height, picture.height());
    assertEquals(crc, TestPictures.crc(picture));
  }

  @Test
  void lossyWebpIsThePictureThatItWasMadeOf() {
    Picture webp = Picture.decode(file("awkward/photo.webp"));
    Picture original = Picture.decode(file("chelsea.png")).resize(webp.width(), webp.height());
    assertTrue(TestPictures.distance(webp, original) < 8, "levels apart: " + TestPictures.distance(webp, original));
  }

  @TestFactory
  Stream<DynamicTest> everyDifficultFileDoesWhatItsManifestExpects() throws IOException {
    return manifest(file("awkward/manifest.json")).entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> assertExpected(Shared.path("data/" + e.getKey()), e.getValue())));
  }

  private static void assertExpected(Path file, String expected) {
    Picture picture = null;
    String refusal = "";
    long start = System.nanoTime();
    try {
      picture = Picture.decode(file);
    } catch (FormatException e) {
      refusal = String.valueOf(e.getMessage());
      assertTrue(refusal.startsWith(file + ": ") && !refusal.contains("\n"), refusal);
    }
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(30).toNanos(), "took too long");
    boolean eitherWay = expected.contains(" or ");
    if (!eitherWay && expected.matches("(clear )?error.*") && picture != null) {
      fail("expected " + expected + ", but it was decoded: " + picture);
    }
    if (!eitherWay && expected.startsWith("decode") && picture == null) {
      fail("expected " + expected + ", but: " + refusal);
    }
  }

  /** What each file is expected to do, by its name. */
  private static Map<String, String> manifest(Path path) throws IOException {
    Map<String, String> expected = new LinkedHashMap<>();
    try (JsonParser json = new JsonFactory().createParser(path.toFile())) {
      String file = "";
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.VALUE_STRING && "file".equals(json.currentName())) {
          file = json.getText();
        } else if (token == JsonToken.VALUE_STRING && "expect".equals(json.currentName())) {
          expected.put(file, json.getText());
        }
      }
    }
    assertTrue(expected.size() >= 28, "files in the manifest: " + expected.size());
    return expected;
  }

  @ParameterizedTest
  @CsvSource({
    "empty.jpg, an empty file",
    "text.jpg, text that begins",
    "truncated.jpg, Missing EOI",
    "truncated.png, of its IDAT chunk",
    "bad_crc.png, checksum",
    "bomb_header.png, 60000 x 60000 pixels",
    "corrupt.jpg, bad Huffman code",
  })
  void whatCannotBeDecodedIsRefusedWithItsReason(String name, String reason) {
    FormatException e = assertThrows(FormatException.class, () -> Picture.decode(file("awkward/" + name)));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains(name) && message.contains(reason) && message.contains("expected"), message);
  }

  /** The exact tensors lie beside the pictures: here the numbers are demanded to the bit. */
  @ParameterizedTest
  @CsvSource({
    "samoyed.jpg, samoyed, caffe_bgr",
    "samoyed.jpg, samoyed, imagenet_rgb",
    "coffee.png, coffee, caffe_bgr",
    "coffee.png, coffee, imagenet_rgb",
  })
  void aTransformedPictureIsThePublishedTensor(String name, String tensor, String transform) {
    Npy expected = Npy.read(Shared.path("data/tensors/" + tensor + "." + transform + ".npy"));
    assertArrayEquals(expected.values(), Transform.named(transform).apply(Picture.decode(file(name))));
  }

  @Test
  void aThinPictureIsTransformedWithoutBeingResizedAsAWhole() {
    // As a whole it would be 89600 x 256.
    assertEquals(3 * 224 * 224, Transform.caffeBgr().apply(Picture.decode(file("awkward/thin.png"))).length);
  }
}
