package org.quintet.pictures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.ArgumentException;
import org.quintet.FormatException;

/** What a picture is and what it refuses, whatever the format. */
class PictureTest {
  private static final byte[] PNG =
      TestPictures.file(TestPictures.image(TestPictures.ramps(5, 4), BufferedImage.TYPE_INT_RGB), "png");

  @TempDir private Path directory;

  @Test
  void pixelsAreGivenRowByRowFromTheTopLeft() {
    Picture picture = Picture.ofRgb(2, 1, new byte[] {1, 2, 3, -1, 0, 5});
    assertEquals(0x010203, picture.pixel(0, 0));
    assertEquals(0xff0005, picture.pixel(1, 0));
    assertThrows(ArgumentException.class, () -> picture.pixel(2, 0));
    assertThrows(ArgumentException.class, () -> picture.pixel(0, -1));
  }

  @Test
  void aPictureDoesNotChangeWithTheArraysItWasMadeOfOrGave() {
    byte[] rgb = {1, 2, 3};
    Picture picture = Picture.ofRgb(1, 1, rgb);
    rgb[0] = 9;
    picture.rgb()[1] = 9;
    assertArrayEquals(new byte[] {1, 2, 3}, picture.rgb());
  }

  @Test
  void grayIsReplicated() {
    assertEquals(Picture.ofRgb(1, 2, new byte[] {7, 7, 7, -2, -2, -2}), Picture.ofGray(1, 2, new byte[] {7, -2}));
  }

  @Test
  void aLengthThatIsNotTheSizesIsRefused() {
    assertThrows(ArgumentException.class, () -> Picture.ofRgb(2, 2, new byte[11]));
    assertThrows(ArgumentException.class, () -> Picture.ofGray(2, 2, new byte[5]));
    assertThrows(ArgumentException.class, () -> Picture.ofGray(0, 2, new byte[0]));
  }

  @Test
  void picturesAreEqualByTheirPixels() {
    assertEquals(TestPictures.ramps(3, 2), TestPictures.ramps(3, 2));
    assertEquals(TestPictures.ramps(3, 2).hashCode(), TestPictures.ramps(3, 2).hashCode());
    assertNotEquals(TestPictures.ramps(3, 2), TestPictures.ramps(2, 3));
    assertNotEquals(Picture.ofGray(2, 1, new byte[2]), Picture.ofGray(1, 2, new byte[2]));
  }

  @Test
  void aCropIsThatRectangle() {
    Picture picture = TestPictures.ramps(6, 5);
    Picture crop = picture.crop(2, 1, 3, 4);
    assertEquals(picture.pixel(2, 1), crop.pixel(0, 0));
    assertEquals(picture.pixel(4, 4), crop.pixel(2, 3));
    assertSame(picture, picture.crop(0, 0, 6, 5));
    assertThrows(ArgumentException.class, () -> picture.crop(4, 0, 3, 1));
    assertThrows(ArgumentException.class, () -> picture.crop(-1, 0, 3, 1));
    assertThrows(ArgumentException.class, () -> picture.crop(0, 0, 0, 1));
    assertThrows(ArgumentException.class, () -> picture.crop(1, 0, Integer.MAX_VALUE, 1));
  }

  @Test
  void aFileAStreamAndItsBytesGiveTheSamePicture() throws IOException {
    Path file = Files.write(directory.resolve("really a png.jpg"), PNG);
    Picture picture = TestPictures.ramps(5, 4);
    assertEquals(picture, Picture.decode(file));
    assertEquals(picture, Picture.decode(PNG, "bytes"));
    try (InputStream in = new ByteArrayInputStream(PNG)) {
      assertEquals(picture, Picture.decode(in, "stream"));
    }
  }

  @Test
  void aFileThatIsNotThereOrADirectoryIsRefusedByName() {
    Path missing = directory.resolve("missing.png");
    String none = assertThrows(FormatException.class, () -> Picture.decode(missing)).getMessage();
    assertEquals(missing + ": no such file", none);
    String wrong = String.valueOf(assertThrows(FormatException.class, () -> Picture.decode(directory)).getMessage());
    assertTrue(wrong.contains("found a directory, expected a file"), wrong);
  }

  @Test
  void aStreamThatBreaksIsRefusedByName() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the line is dead");
          }
        };
    String message = assertThrows(FormatException.class, () -> Picture.decode(broken, "line 5")).getMessage();
    assertEquals("line 5: cannot be read: the line is dead", message);
  }

  @Test
  void whatIsNoPictureIsRefusedWithWhatItIs() {
    String expected = ", expected a JPEG, PNG, GIF, BMP or WebP picture";
    assertEquals("the-file: found an empty file" + expected, TestPictures.refusal(new byte[0]));
    assertEquals(
        "the-file: found text that begins \"Dear readers\" (15 bytes)" + expected,
        TestPictures.refusal("Dear readers...".getBytes(StandardCharsets.US_ASCII)));
    assertEquals("the-file: found data that begins 00 FF (2 bytes)" + expected, TestPictures.refusal(new byte[] {0, -1}));
  }

  @Test
  void aFilesLengthIsCheckedBeforeItIsRead() throws IOException {
    DecodeLimits limits = DecodeLimits.defaults().maxBytes(PNG.length - 1L);
    Path file = Files.write(directory.resolve("long.png"), PNG);
    for (Runnable decode :
        new Runnable[] {
          () -> Picture.decode(file, limits),
          () -> Picture.decode(PNG, "bytes", limits),
          () -> Picture.decode(new ByteArrayInputStream(PNG), "stream", limits)
        }) {
      String message = String.valueOf(assertThrows(FormatException.class, decode::run).getMessage());
      assertTrue(message.contains("expected at most " + (PNG.length - 1) + " (DecodeLimits.maxBytes)"), message);
    }
    assertEquals(5, Picture.decode(file, DecodeLimits.defaults().maxBytes(PNG.length)).width());
  }

  @Test
  void aPicturesSizeIsCheckedInEveryFormat() {
    DecodeLimits limits = DecodeLimits.defaults().maxPixels(19);
    BufferedImage image = TestPictures.image(TestPictures.ramps(5, 4), BufferedImage.TYPE_INT_RGB);
    for (String format : new String[] {"jpg", "png", "gif", "bmp"}) {
      byte[] file = TestPictures.file(image, format);
      String message = TestPictures.refusal(file, limits);
      assertTrue(message.contains("5 x 4 pixels") && message.contains("DecodeLimits.maxPixels"), message);
      assertEquals(5, Picture.decode(file, format, DecodeLimits.defaults().maxPixels(20)).width());
    }
  }

  @Test
  void limitsThatNoArrayCanHoldAreRefused() {
    assertThrows(ArgumentException.class, () -> DecodeLimits.defaults().maxPixels(0));
    assertThrows(ArgumentException.class, () -> DecodeLimits.defaults().maxPixels(Integer.MAX_VALUE));
    assertThrows(ArgumentException.class, () -> DecodeLimits.defaults().maxBytes(-1));
  }
}
