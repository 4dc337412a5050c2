package org.quintet.pictures;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.quintet.FormatException;

/** Files of every format with random bytes changed: a picture within its limits or one clear error, soon. */
class DamageTest {
  private static final DecodeLimits LIMITS = DecodeLimits.defaults().maxPixels(1_000_000);
  private static final byte[][] FILES = files();

  private static byte[][] files() {
    BufferedImage image = TestPictures.image(TestPictures.soft(33, 21), BufferedImage.TYPE_3BYTE_BGR);
    BufferedImage indexed = TestPictures.image(TestPictures.soft(33, 21), BufferedImage.TYPE_BYTE_INDEXED);
    return new byte[][] {
      TestPictures.file(image, "jpg"), TestPictures.file(image, "png"), TestPictures.file(indexed, "png"),
      TestPictures.file(indexed, "gif"), TestPictures.file(image, "bmp"), TestPictures.file(indexed, "bmp"),
      OtherFormatsTest.file(OtherFormatsTest.LOSSLESS_TURNED), OtherFormatsTest.file(OtherFormatsTest.LOSSLESS_ALPHA),
      OtherFormatsTest.file(OtherFormatsTest.LOSSY), OtherFormatsTest.file(OtherFormatsTest.ANIMATION)
    };
  }

  @Property(tries = 3000)
  void damageEndsInAPictureOrInOneClearError(
      @ForAll @IntRange(max = 9) int which, @ForAll @IntRange(min = 1, max = 5) int bytes, @ForAll boolean early, @ForAll long seed) {
    Random random = new Random(seed);
    byte[] file = FILES[which].clone();
    int reach = early ? Math.min(100, file.length) : file.length;
    for (int i = 0; i < bytes; i++) {
      file[random.nextInt(reach)] = (byte) (random.nextInt(3) == 0 ? -random.nextInt(2) : random.nextInt());
    }
    if (random.nextInt(6) == 0) {
      file = Arrays.copyOf(file, random.nextInt(file.length));
    }
    long start = System.nanoTime();
    try {
      Picture picture = Picture.decode(file, "damaged", LIMITS);
      assertTrue((long) picture.width() * picture.height() <= LIMITS.maxPixels());
    } catch (FormatException e) {
      String message = String.valueOf(e.getMessage());
      assertTrue(message.startsWith("damaged: ") && !message.contains("\n"), message);
      assertTrue(!message.contains("Java heap"), message);
    }
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos(), "took too long");
  }
}
