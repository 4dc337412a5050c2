package org.quintet.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JPEG files as ImageIO writes them, with segments put in, changed and cut. */
class JpegTest {
  private static final Picture SOFT = TestPictures.soft(40, 24);
  private static final byte[] PLAIN = TestPictures.jpeg(SOFT);
  private static final int AFTER_START = 2;

  private static byte[] with(int marker, byte[] content) {
    return TestPictures.insert(PLAIN, AFTER_START, TestPictures.segment(marker, content));
  }

  private static byte[] withExif(byte[] tiff) {
    return with(0xe1, TestPictures.join("Exif\0\0".getBytes(StandardCharsets.US_ASCII), tiff));
  }

  private static byte[] ascii(String text, int... rest) {
    byte[] bytes = Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), text.length() + rest.length);
    for (int i = 0; i < rest.length; i++) {
      bytes[text.length() + i] = (byte) rest[i];
    }
    return bytes;
  }

  private static int indexOf(byte[] file, int marker) {
    for (int i = 0; ; i++) {
      if (file[i] == -1 && (file[i + 1] & 0xff) == marker) {
        return i;
      }
    }
  }

  /** PLAIN without its JFIF segment. */
  private static byte[] withoutJfif() {
    int jfif = indexOf(PLAIN, 0xe0);
    int length = (PLAIN[jfif + 2] & 0xff) << 8 | PLAIN[jfif + 3] & 0xff;
    return TestPictures.join(Arrays.copyOf(PLAIN, jfif), Arrays.copyOfRange(PLAIN, jfif + 2 + length, PLAIN.length));
  }

  @Test
  void aJpegIsAboutThePictureItWasMadeOf() {
    assertTrue(TestPictures.distance(SOFT, Picture.decode(PLAIN, "plain")) < 6);
  }

  @Test
  void grayIsTheNumbersInTheFile() {
    byte[] levels = new byte[64 * 64];
    Arrays.fill(levels, (byte) 96);
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setDataElements(0, 0, 64, 64, levels);
    // getRGB would make it lighter.
    assertEquals(Picture.ofGray(64, 64, levels), Picture.decode(TestPictures.file(image, "jpg"), "gray"));
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 0", "2, 39, 0", "3, 39, 23", "4, 0, 23", "5, 0, 0", "6, 0, 23", "7, 39, 23", "8, 39, 0"})
  void everyExifOrientationIsApplied(int orientation, int storedX, int storedY) {
    Picture stored = Picture.decode(PLAIN, "stored");
    Picture upright = Picture.decode(withExif(TestPictures.exif(orientation)), "turned");
    boolean exchanged = orientation >= 5;
    assertEquals(exchanged ? 24 : 40, upright.width());
    assertEquals(exchanged ? 40 : 24, upright.height());
    int stepX = storedX == 0 ? 1 : -1;
    int stepY = storedY == 0 ? 1 : -1;
    for (int y = 0; y < upright.height(); y++) {
      for (int x = 0; x < upright.width(); x++) {
        int alongX = exchanged ? y : x;
        int alongY = exchanged ? x : y;
        assertEquals(stored.pixel(storedX + stepX * alongX, storedY + stepY * alongY), upright.pixel(x, y));
      }
    }
  }

  @Test
  void littleEndianExifIsRead() {
    byte[] tiff = TestPictures.hex("4949 2a00 08000000 0200 0f01 0200 04000000 61626300 1201 0300 01000000 0600 0000");
    assertEquals(24, Picture.decode(withExif(tiff), "little").width());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "4d4d", "4d4d 002a 00000008", "4d4d 002a ffffffff", "4d4d 002a 00000008 ffff 0112", "5858 002a 00000008 0001",
        "4d4d 002a 00000008 0001 0112 0003 00000001 0009 0000", "4d4d 002a 00000008 0001 0112 0004 00000001 00000006"
      })
  void damagedExifIsNoReasonToRefuseASoundPicture(String tiff) {
    assertEquals(Picture.decode(PLAIN, "plain"), Picture.decode(withExif(TestPictures.hex(tiff)), "exif"));
  }

  @Test
  void aColourProfileChangesNothing() {
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    byte[] file = with(0xe2, TestPictures.join(ascii("ICC_PROFILE", 0, 1, 1), profile));
    assertEquals(Picture.decode(PLAIN, "plain"), Picture.decode(file, "profile"));
  }

  @Test
  void whatFollowsThePictureOrStandsBetweenSegmentsChangesNothing() {
    Picture plain = Picture.decode(PLAIN, "plain");
    assertEquals(plain, Picture.decode(TestPictures.join(PLAIN, PLAIN, new byte[100]), "followed"));
    int table = indexOf(PLAIN, 0xdb);
    assertEquals(plain, Picture.decode(TestPictures.insert(PLAIN, table, TestPictures.hex("11 22 33")), "between"));
    assertEquals(plain, Picture.decode(TestPictures.insert(PLAIN, AFTER_START, TestPictures.hex("ff ff")), "filled"));
    assertEquals(plain, Picture.decode(TestPictures.insert(PLAIN, PLAIN.length - 2, TestPictures.hex("11 22")), "before the end"));
  }

  @ParameterizedTest
  @CsvSource({"0, false", "1, true", "7, true"})
  void withoutJfifAdobesWordDecidesWhetherTheColoursAreYcc(int transform, boolean ycc) {
    byte[] adobe = TestPictures.segment(0xee, ascii("Adobe", 0, 100, 0, 0, 0, 0, transform));
    Picture picture = Picture.decode(TestPictures.insert(withoutJfif(), AFTER_START, adobe), "adobe");
    assertEquals(ycc, picture.equals(Picture.decode(PLAIN, "plain")));
  }

  @Test
  void withoutAnyWordTheComponentsNamesDecide() {
    byte[] file = withoutJfif();
    assertEquals(Picture.decode(PLAIN, "plain"), Picture.decode(file, "1, 2, 3"));
    int frame = indexOf(file, 0xc0);
    int scan = indexOf(file, 0xda);
    for (int c = 0; c < 3; c++) {
      file[frame + 10 + 3 * c] = (byte) "RGB".charAt(c);
      file[scan + 5 + 2 * c] = (byte) "RGB".charAt(c);
    }
    assertTrue(TestPictures.distance(Picture.decode(PLAIN, "plain"), Picture.decode(file, "R, G, B")) > 20);
  }

  @Test
  void colourAtHalfHeightIsBlendedWhereALibraryJustRepeatsIt() {
    // One column, rows of one component beside another: the second is 0, 0, 100, 100, 200.
    byte[] repeated = {1, 0, 2, 0, 3, 100, 4, 100, 5, (byte) 200};
    ChromaRows.blend(repeated, 1, 5, 2, 1);
    assertEquals(Arrays.toString(new byte[] {1, 0, 2, 25, 3, 75, 4, 125, 5, (byte) 175}), Arrays.toString(repeated));
    byte[] blendedAlready = repeated.clone();
    ChromaRows.blend(blendedAlready, 1, 5, 2, 1);
    assertEquals(Arrays.toString(repeated), Arrays.toString(blendedAlready));
  }

  @Test
  void aJpegCutAnywhereIsRefused() {
    for (int length = 3; length < PLAIN.length; length++) {
      TestPictures.refusal(Arrays.copyOf(PLAIN, length));
    }
  }

  @Test
  void aJpegCutWithinItsScanIsRefusedEvenWithAnEndMarker() {
    int scan = indexOf(PLAIN, 0xda) + 14;
    for (int length = scan; length < PLAIN.length - 8; length += 5) {
      String message = TestPictures.refusal(TestPictures.join(Arrays.copyOf(PLAIN, length), TestPictures.hex("ff d9")));
      assertTrue(message.contains("expected"), message);
    }
  }

  @Test
  void aHugeClaimIsRefusedBeforeAnythingIsAllocated() {
    byte[] file = PLAIN.clone();
    int frame = indexOf(file, 0xc0);
    Arrays.fill(file, frame + 5, frame + 9, (byte) 0xff);
    String message = TestPictures.refusal(file);
    assertTrue(message.contains("65535 x 65535 pixels (4294.8 megapixels), expected at most 100.0 megapixels"), message);
  }

  @Test
  void componentsThatNobodyCanNameAreRefused() {
    byte[] file = PLAIN.clone();
    file[indexOf(file, 0xc0) + 9] = 2;
    assertTrue(TestPictures.refusal(file).contains("found 2 colour components, expected 1, 3 or 4"));
  }
}
