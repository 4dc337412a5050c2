package org.quintet.pictures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quintet.ArgumentException;

/** What a transform writes, step by step the slow way, and what it refuses. */
class TransformTest {

  @Property(tries = 60)
  void aTransformIsAResizeACropAndANumberForEveryLevel(
      @ForAll @IntRange(min = 1, max = 90) int width, @ForAll @IntRange(min = 1, max = 90) int height, @ForAll long seed) {
    Picture picture = TestPictures.noise(width, height, seed);
    int resizedWidth = width <= height ? 40 : 40 * width / height;
    int resizedHeight = height <= width ? 40 : 40 * height / width;
    int left = (int) Math.rint((resizedWidth - 31) / 2.0);
    int top = (int) Math.rint((resizedHeight - 30) / 2.0);
    Picture seen = picture.resize(resizedWidth, resizedHeight).crop(left, top, 31, 30);
    float[] planes =
        Transform.shorterSide(40, 30, 31)
            .order(ChannelOrder.BGR)
            .levels(2, new double[] {1, 2, 3}, new double[] {4, 5, 6})
            .apply(picture);
    for (int plane = 0; plane < 3; plane++) {
      for (int y = 0; y < 30; y++) {
        for (int x = 0; x < 31; x++) {
          int level = seen.pixel(x, y) >> 8 * plane & 0xff;
          assertEquals((level / 2f - (plane + 1)) / (plane + 4), planes[(plane * 30 + y) * 31 + x]);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"caffe_bgr, 3, 224, 0, 151, 138, 132", "caffe_bgr_227, 3, 227, 0, 151, 138, 132", "unit_rgb, 3, 224, 0, 1, 1, 1"})
  void theNamedTransformsAreWhatTheirNamesSay(String name, int channels, int size, int unused, float first, float second, float third) {
    Transform transform = Transform.named(name);
    assertEquals(channels, transform.channels());
    assertEquals(size, transform.height());
    assertEquals(size, transform.width());
    float[] white = transform.apply(Picture.ofGray(1, 1, new byte[] {-1}));
    assertEquals(channels * size * size, white.length);
    assertEquals(first, white[0]);
    assertEquals(second, white[size * size]);
    assertEquals(third, white[2 * size * size]);
  }

  @Test
  void everyNameIsKnownAndNoOther() {
    for (String name : Transform.names()) {
      assertTrue(Transform.named(name).floats() > 0);
    }
    String message = String.valueOf(assertThrows(ArgumentException.class, () -> Transform.named("keras")).getMessage());
    assertTrue(message.contains("\"keras\"") && message.contains("caffe_bgr, caffe_bgr_227, imagenet_rgb, mnist, unit_rgb"), message);
  }

  @Test
  void imagenetLevelsAreComputedInFloatsAsNumpyDoes() {
    float[] planes = Transform.imagenetRgb().apply(Picture.ofRgb(1, 1, new byte[] {100, 100, 100}));
    assertEquals((100 / 255f - .485f) / .229f, planes[0]);
    assertEquals((100 / 255f - .406f) / .225f, planes[2 * 224 * 224]);
  }

  @Test
  void mnistSeesADigitInGrayAndCanInvertAndPadIt() {
    Picture digit = TestPictures.ramps(28, 28);
    float[] plain = Transform.mnist().apply(digit);
    int rgb = digit.pixel(5, 3);
    int luma = ((rgb >> 16) * 19595 + (rgb >> 8 & 0xff) * 38470 + (rgb & 0xff) * 7471 + 32768) >> 16;
    assertEquals((luma / 255f - .1307f) / .3081f, plain[3 * 28 + 5]);
    Transform larger = Transform.mnist().inverted().padded(2);
    assertEquals(32, larger.height());
    assertEquals(32, larger.width());
    float[] padded = larger.apply(digit);
    assertEquals(((255 - luma) / 255f - .1307f) / .3081f, padded[5 * 32 + 7]);
    float black = -.1307f / .3081f;
    for (int i = 0; i < 32; i++) {
      assertEquals(black, padded[i]);
      assertEquals(black, padded[31 * 32 + i]);
      assertEquals(black, padded[i * 32 + 1]);
      assertEquals(black, padded[i * 32 + 30]);
    }
  }

  @Test
  void picturesFillABatchOneBehindTheOther() {
    Transform transform = Transform.stretch(2, 3);
    FloatBuffer batch = ByteBuffer.allocateDirect(4 * 40).order(ByteOrder.nativeOrder()).asFloatBuffer().position(2);
    transform.apply(Picture.ofGray(1, 1, new byte[] {7}), batch);
    assertEquals(2 + 18, batch.position());
    transform.apply(Picture.ofGray(1, 1, new byte[] {9}), batch);
    assertEquals(2 + 36, batch.position());
    assertEquals(0, batch.get(1));
    assertEquals(7, batch.get(2));
    assertEquals(7, batch.get(19));
    assertEquals(9, batch.get(20));
    assertEquals(9, batch.get(37));
    assertEquals(0, batch.get(38));
  }

  @Test
  void aBufferOfTheOtherByteOrderReceivesTheSameNumbers() {
    Transform transform = Transform.stretch(4, 4);
    ByteOrder other = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    FloatBuffer buffer = ByteBuffer.allocateDirect(4 * 48).order(other).asFloatBuffer();
    transform.apply(TestPictures.ramps(4, 4), buffer);
    float[] found = new float[48];
    buffer.flip().get(found);
    assertArrayEquals(transform.apply(TestPictures.ramps(4, 4)), found);
  }

  @Test
  void aBufferWithoutRoomOrRightToWriteIsRefusedAndLeftAsItIs() {
    Transform transform = Transform.stretch(2, 2);
    Picture picture = TestPictures.ramps(2, 2);
    FloatBuffer small = FloatBuffer.allocate(13).position(2);
    String message = String.valueOf(assertThrows(ArgumentException.class, () -> transform.apply(picture, small)).getMessage());
    assertTrue(message.contains("found room for 11 floats in the buffer, expected at least 12 (3 x 2 x 2)"), message);
    assertEquals(2, small.position());
    assertThrows(ArgumentException.class, () -> transform.apply(picture, FloatBuffer.allocate(12).asReadOnlyBuffer()));
  }

  @Test
  void anotherSizeSeesTheSamePartOfThePicture() {
    Transform twice = Transform.caffeBgr().size(448, 300);
    assertEquals(448, twice.height());
    assertEquals(300, twice.width());
    assertTrue(twice.toString().contains("shorter side 512, centre 448 x 300"), twice.toString());
    assertTrue(Transform.mnist().padded(2).size(36, 40).toString().contains("stretched to 32 x 36, margin 2"));
  }

  @Test
  void aTransformIsNotChangedByMakingAnotherOfIt() {
    Transform plain = Transform.mnist();
    String before = plain.toString();
    assertNotSame(plain, plain.inverted());
    plain.padded(1);
    plain.order(ChannelOrder.RGB);
    assertEquals(before, plain.toString());
    double[] mean = {5};
    Transform own = plain.levels(1, mean, new double[] {1});
    mean[0] = 6;
    assertEquals(-5, own.apply(Picture.ofGray(1, 1, new byte[1]))[0]);
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThrows(ArgumentException.class, () -> Transform.shorterSide(224, 225, 224));
    assertThrows(ArgumentException.class, () -> Transform.shorterSide(0, 0, 0));
    assertThrows(ArgumentException.class, () -> Transform.stretch(0, 5));
    assertThrows(ArgumentException.class, () -> Transform.mnist().padded(-1));
    assertThrows(ArgumentException.class, () -> Transform.mnist().padded(2).size(4, 4));
    assertThrows(ArgumentException.class, () -> Transform.mnist().levels(255, new double[3], new double[3]));
    assertThrows(ArgumentException.class, () -> Transform.mnist().levels(0, new double[1], new double[] {1}));
    assertThrows(ArgumentException.class, () -> Transform.mnist().levels(1, new double[1], new double[] {Double.NaN}));
  }

  @Test
  void aTransformIsTheSameAgainFromItsText() {
    List<Transform> transforms = List.of(
        Transform.caffeBgr(), Transform.imagenetRgb().size(64, 48), Transform.mnist().padded(2).inverted(), Transform.stretch(3, 5));
    for (Transform transform : transforms) {
      Transform again = Transform.parse(transform.text());
      assertEquals(transform.text(), again.text());
      assertArrayEquals(transform.apply(TestPictures.ramps(70, 50)), again.apply(TestPictures.ramps(70, 50)));
    }
  }

  @Test
  void aTextThatIsNoTransformIsRefused() {
    String text = Transform.mnist().text();
    for (String wrong : new String[] {
        "", "side=3", text + " depth=3", text.replace("GRAY", "CMYK"), text.replace("height=28", "height=x"), text.replace("height=28", "height=-1"),
        text.replace("std=", "std=0,"), text.replace("divisor=255.0", "divisor=0")}) {
      assertThrows(ArgumentException.class, () -> Transform.parse(wrong), wrong);
    }
  }

  @Test
  void aPictureWhoseResizedLengthCannotBeCountedIsRefused() {
    Picture line = Picture.ofGray(9_000_000, 1, new byte[9_000_000]);
    assertThrows(ArgumentException.class, () -> Transform.caffeBgr().apply(line));
    assertEquals(0, Transform.stretch(2, 2).apply(line)[0]);
  }
}
