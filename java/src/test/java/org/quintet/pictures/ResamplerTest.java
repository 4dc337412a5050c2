package org.quintet.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quintet.ArgumentException;

/** The resize against Pillow, against its definition in double precision, and against what anybody can work out. */
class ResamplerTest {

  /** CRC-32 of the bytes of Pillow 13.0.0's {@code resize(size, BILINEAR)} of the same ramps. */
  @ParameterizedTest
  @CsvSource({
    "37, 23, 11, 7, 2851c330",
    "37, 23, 80, 61, 6a18a0b3",
    "37, 23, 37, 5, c1d156bb",
    "37, 23, 90, 23, 7a59037b",
    "64, 64, 63, 65, 88b49a66",
    "5, 300, 3, 17, 39846ba4",
    "300, 5, 17, 3, 222a4e7d",
    "1, 1, 9, 4, 44c7b34c",
    "2, 2, 3, 3, 10c840ed",
    "1000, 3, 1, 1, 68c57489",
    "3, 1000, 1, 1, 01d0dd82",
    "100, 100, 60, 19, b39cc509",
    "100, 100, 60, 20, f4cabfa8",
    "255, 129, 256, 128, 1d6d6db8",
  })
  void everyByteIsPillows(int width, int height, int newWidth, int newHeight, String crc) {
    assertEquals(crc, TestPictures.crc(TestPictures.ramps(width, height).resize(newWidth, newHeight)));
  }

  @Property(tries = 200)
  void aResizeIsTheTriangleFilterToWithinOneLevel(
      @ForAll @IntRange(min = 1, max = 40) int width, @ForAll @IntRange(min = 1, max = 40) int height,
      @ForAll @IntRange(min = 1, max = 40) int newWidth, @ForAll @IntRange(min = 1, max = 40) int newHeight, @ForAll long seed) {
    Picture picture = TestPictures.noise(width, height, seed);
    Picture resized = picture.resize(newWidth, newHeight);
    double[][] across = weights(width, newWidth);
    double[][] down = weights(height, newHeight);
    for (int y = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++) {
        for (int shift = 0; shift <= 16; shift += 8) {
          double exact = 0;
          for (int i = 0; i < height; i++) {
            for (int j = 0; j < width; j++) {
              exact += down[y][i] * across[x][j] * (picture.pixel(j, i) >> shift & 0xff);
            }
          }
          int found = resized.pixel(x, y) >> shift & 0xff;
          assertTrue(Math.abs(found - exact) <= 1.01, "found " + found + ", exactly " + exact);
        }
      }
    }
  }

  /** By definition: the weight of every source position in every result, a triangle around the result's centre. */
  private static double[][] weights(int from, int to) {
    double scale = (double) from / to;
    double support = Math.max(1, scale);
    double[][] weights = new double[to][from];
    for (int i = 0; i < to; i++) {
      double sum = 0;
      for (int j = 0; j < from; j++) {
        weights[i][j] = Math.max(0, 1 - Math.abs((j + 0.5) - (i + 0.5) * scale) / support);
        sum += weights[i][j];
      }
      for (int j = 0; j < from; j++) {
        weights[i][j] /= sum;
      }
    }
    return weights;
  }

  @Property(tries = 100)
  void aPlainPictureStaysPlain(
      @ForAll @IntRange(min = 1, max = 300) int width, @ForAll @IntRange(min = 1, max = 300) int height,
      @ForAll @IntRange(min = 1, max = 300) int newWidth, @ForAll @IntRange(min = 1, max = 300) int newHeight, @ForAll byte level) {
    byte[] gray = new byte[width * height];
    java.util.Arrays.fill(gray, level);
    byte[] expected = new byte[newWidth * newHeight];
    java.util.Arrays.fill(expected, level);
    assertEquals(Picture.ofGray(newWidth, newHeight, expected), Picture.ofGray(width, height, gray).resize(newWidth, newHeight));
  }

  @Property(tries = 200)
  void aPartOfTheResultIsThatPartOfTheWhole(
      @ForAll @IntRange(min = 1, max = 60) int width, @ForAll @IntRange(min = 1, max = 60) int height,
      @ForAll @IntRange(min = 1, max = 60) int newWidth, @ForAll @IntRange(min = 1, max = 60) int newHeight, @ForAll long seed) {
    java.util.Random random = new java.util.Random(seed);
    int left = random.nextInt(newWidth);
    int top = random.nextInt(newHeight);
    int columns = 1 + random.nextInt(newWidth - left);
    int rows = 1 + random.nextInt(newHeight - top);
    Picture picture = TestPictures.noise(width, height, seed);
    byte[] part =
        Resampler.resample(
            picture.rgb(), width, 3, new Resampler.Axis(width, newWidth, left, columns), new Resampler.Axis(height, newHeight, top, rows));
    assertEquals(picture.resize(newWidth, newHeight).crop(left, top, columns, rows), Picture.ofRgb(columns, rows, part));
  }

  @Test
  void aPictureOfThatSizeAlreadyIsReturnedAsItIs() {
    Picture picture = TestPictures.ramps(7, 5);
    assertSame(picture, picture.resize(7, 5));
  }

  @Test
  void halvingAveragesWithTheNeighboursOfEachPair() {
    // Weights of the triangle of support 2: 1, 3, 3, 1 eighths, cut off and made whole again at the ends.
    Picture halved = Picture.ofGray(4, 1, new byte[] {0, 70, (byte) 140, (byte) 210}).resize(2, 1);
    assertEquals(Math.round((3 * 0 + 3 * 70 + 140) / 7.0), halved.pixel(0, 0) & 0xff);
    assertEquals(Math.round((70 + 3 * 140 + 3 * 210) / 7.0), halved.pixel(1, 0) & 0xff);
  }

  @Test
  void onePixelFillsAnySize() {
    assertEquals(0x123456, Picture.ofRgb(1, 1, new byte[] {0x12, 0x34, 0x56}).resize(300, 200).pixel(299, 199));
  }

  @Test
  void sizesThatCannotBeAreRefused() {
    Picture picture = TestPictures.ramps(2, 2);
    assertThrows(ArgumentException.class, () -> picture.resize(0, 5));
    assertThrows(ArgumentException.class, () -> picture.resize(5, -1));
    assertThrows(ArgumentException.class, () -> picture.resize(100_000, 100_000));
  }
}
