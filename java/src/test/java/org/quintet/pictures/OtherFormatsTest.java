package org.quintet.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GIF, BMP and WebP. */
class OtherFormatsTest {
  private static final Picture RAMPS = TestPictures.ramps(9, 6);

  /** {@link #RAMPS} as Pillow writes it, lossless: plain, with alpha, with EXIF orientation 6, as an animation's first frame. */
  static final String LOSSLESS =
      "UklGRmgAAABXRUJQVlA4TFsAAAAvCEABAIXTCAAQ5T77Br+BO+4kd7f6R3SX5M2dzNFhgF8ABuCYwDp71Lky/Q+GN7jyzb36k/XOSGFwfgAmuzdXmV1fmNMV"
          + "U/on9Y27Q/ni9HL/E6GU0l7dnqAeAA==";
  static final String LOSSLESS_ALPHA =
      "UklGRkgAAABXRUJQVlA4TDsAAAAvCEABEM2VIaL/AaYBAKTBXRKJRCJ55//HbPtgnEeGQNI2tYNRPgHzYUh4BEQkZBRwDmmP6ATpB0OLAAA=";
  static final String LOSSLESS_TURNED =
      "UklGRpwAAABXRUJQVlA4WAoAAAAIAAAACAAABQAAVlA4TFsAAAAvCEABAIXTCAAQ5T77Br+BO+4kd7f6R3SX5M2dzNFhgF8ABuCYwDp71Lky/Q+GN7jyzb36"
          + "k/XOSGFwfgAmuzdXmV1fmNMVU/on9Y27Q/ni9HL/E6GU0l7dnqAeAEVYSUYaAAAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA=";
  static final String ANIMATION =
      "UklGRqgBAABXRUJQVlA4WAoAAAACAAAACAAABQAAQU5JTQYAAAAAAAAAAABBTk1GugAAAAAAAAAAAAgAAAUAAAAAAAJWUDhMoQAAAC8IQAEAd8GgkSRFGTx6"
          + "8PL+3b0JhW2ktrnwBUhn0DaS46CmXv1/kj//VfjGXxTLLEMAQXEQ1Kz/CLLMMgSsuRA0exIlDoIsa1YcowbL4hBlr42gsw8EXOe67wMB17kIet5LlLMPy/ba"
          + "4nj/5/0fMAwAoGw0G7PZzIj+B4BERHkXToS5SaphvSlTPmum/eXCxmUfjk/qKK3H5fq1i4t23h4MAEFOTUa6AAAAAAAAAAAACAAABQAAAAAAAFZQOEyhAAAA"
          + "LwhAAQB3waCRJEUZPHrw8v7dvQmFbaS2ufAFSGfQNpLjoKZe/X+SP/9V+MZfFMssQwBBcRDUrP8IsswyBKy5EDR7EiUOgixrVhyjBsviEGWvjaCzDwRc57rv"
          + "AwHXuQh63kuUsw/L9trieP/n/R8wDACgbDQbs9nMiP6HdnHRztuDpY7Selyunwsbl304PsqUz5ppfxHmJqmG9QaQiCjvwgkA";
  /** 20 x 12 pixels of one colour, lossy. */
  static final String LOSSY =
      "UklGRkgAAABXRUJQVlA4IDwAAAAQAwCdASoUAAwAPjEUiEKiISEYBAAgAwSgB2APwAAQigAA/vY/3//5BcsLrka///Qof0cb9HG/9BIAAAA=";

  static byte[] file(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  @ParameterizedTest
  @ValueSource(strings = {LOSSLESS, LOSSLESS_ALPHA, ANIMATION})
  void losslessWebpIsThePictureItself(String file) {
    assertEquals(RAMPS, Picture.decode(file(file), "webp"));
  }

  @Test
  void theOrientationInAWebpIsApplied() {
    assertEquals(Orientation.apply(RAMPS, 6), Picture.decode(file(LOSSLESS_TURNED), "webp"));
  }

  @Test
  void lossyWebpIsDecoded() {
    Picture picture = Picture.decode(file(LOSSY), "webp");
    Picture plain = Picture.ofRgb(1, 1, new byte[] {(byte) 198, 30, 39}).resize(20, 12);
    assertTrue(TestPictures.distance(plain, picture) < 1.5, "levels apart: " + TestPictures.distance(plain, picture));
  }

  @ParameterizedTest
  @ValueSource(strings = {LOSSLESS, LOSSLESS_TURNED, LOSSY, ANIMATION})
  void aWebpCutAnywhereIsRefused(String base64) {
    byte[] file = file(base64);
    for (int length = 12; length < file.length; length++) {
      TestPictures.refusal(Arrays.copyOf(file, length));
    }
  }

  @Test
  void aWebpWithTooLittleDataIsRefusedEvenIfItsLengthsAgree() {
    byte[] cut = Arrays.copyOf(file(LOSSLESS), 44);
    ByteBuffer.wrap(cut).order(ByteOrder.LITTLE_ENDIAN).putInt(4, cut.length - 8).putInt(16, cut.length - 20);
    TestPictures.refusal(cut);
  }

  @Test
  void aWebpsSizesAreCheckedWhereverTheyStand() {
    DecodeLimits limits = DecodeLimits.defaults().maxPixels(53);
    for (String base64 : new String[] {LOSSLESS, LOSSLESS_TURNED, ANIMATION, LOSSY}) {
      assertTrue(TestPictures.refusal(file(base64), limits).contains("DecodeLimits.maxPixels"));
    }
    byte[] larger = file(LOSSLESS_TURNED);
    larger[24] = 99;
    assertTrue(TestPictures.refusal(larger).contains("found a frame of 9 x 6"));
  }

  @Test
  void aWebpWithoutAPictureIsRefused() {
    assertTrue(TestPictures.refusal(TestPictures.hex("52494646 04000000 57454250")).contains("found no picture chunk"));
  }

  /** A GIF of four colours: two columns, two rows, indices 0 to 3. */
  private static byte[] gif(int transparent) {
    byte[] levels = {10, 20, 30, 40};
    IndexColorModel palette = new IndexColorModel(2, 4, levels, levels, levels, transparent);
    BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_BINARY, palette);
    image.getRaster().setPixels(0, 0, 2, 2, new int[] {0, 1, 2, 3});
    return TestPictures.file(image, "gif");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 9, 20})
  void rowsOfAnInterlacedGifAreWhereTheyBelong(int height) {
    byte[] levels = new byte[256];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) i;
    }
    IndexColorModel palette = new IndexColorModel(8, 256, levels, levels, levels);
    BufferedImage image = new BufferedImage(1, height, BufferedImage.TYPE_BYTE_INDEXED, palette);
    byte[] rows = Arrays.copyOf(levels, height);
    image.getRaster().setDataElements(0, 0, 1, height, rows);
    byte[] file = TestPictures.file(image, "gif");
    assertEquals(Picture.ofGray(1, height, rows), Picture.decode(file, "gif"));
  }

  private static final Picture FOUR_COLOURS = Picture.ofGray(2, 2, new byte[] {10, 20, 30, 40});

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void aGifIsItsPaletteAndATransparentColourIsAColour(int transparent) {
    assertEquals(FOUR_COLOURS, Picture.decode(gif(transparent), "gif"));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 3})
  void aFrameStandsOnItsScreen(int transparent) {
    byte[] file = gif(transparent);
    int frame = file.length;
    while (file[--frame] != 0x2c || file[frame + 5] != 2 || file[frame + 7] != 2) {}
    file[6] = 4;
    file[8] = 3;
    file[frame + 1] = 1;
    file[frame + 3] = 1;
    int bare = transparent < 0 ? 10 : 40;
    Picture expected = FOUR_COLOURS.onCanvas(1, 1, 4, 3, bare * 0x010101);
    assertEquals(expected, Picture.decode(file, "gif"));
    file[6] = 1;
    assertEquals(expected.crop(0, 0, 3, 3), Picture.decode(file, "a frame that reaches beyond its screen"));
  }

  @Test
  void aGifCutBeforeItsLastPixelIsRefused() {
    byte[] file = TestPictures.file(TestPictures.image(TestPictures.noise(20, 20, 1), BufferedImage.TYPE_BYTE_INDEXED), "gif");
    for (int length = 6; length < file.length - 4; length += length < 800 ? 13 : 1) {
      TestPictures.refusal(Arrays.copyOf(file, length));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_BYTE_BINARY})
  void aBmpIsItsPixels(int type) {
    byte[] levels = {0, -1, -1, 0, 0, -1};
    Picture picture = Picture.ofGray(3, 2, levels);
    assertEquals(picture, Picture.decode(TestPictures.file(TestPictures.image(picture, type), "bmp"), "bmp"));
  }

  @Test
  void aBmpCutAnywhereIsRefused() {
    byte[] file = TestPictures.file(TestPictures.image(RAMPS, BufferedImage.TYPE_3BYTE_BGR), "bmp");
    assertEquals(RAMPS, Picture.decode(file, "bmp"));
    // A row of 9 pixels is filled up by one byte, which nobody needs.
    for (int length = 2; length < file.length - 1; length++) {
      TestPictures.refusal(Arrays.copyOf(file, length));
    }
  }

  @Test
  void aBmpThatHoldsAnotherFormatIsRefused() {
    byte[] file = TestPictures.file(TestPictures.image(RAMPS, BufferedImage.TYPE_3BYTE_BGR), "bmp");
    file[30] = 4;
    assertTrue(TestPictures.refusal(file).contains("found compression 4, expected 0 to 3"));
  }

  @Test
  void aBmpWithRowsFromTheTopMayClaimNoMoreThanOthers() {
    byte[] file = TestPictures.file(TestPictures.image(RAMPS, BufferedImage.TYPE_3BYTE_BGR), "bmp");
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(22, Integer.MIN_VALUE);
    assertTrue(TestPictures.refusal(file).contains("9 x 2147483648 pixels"));
  }
}
