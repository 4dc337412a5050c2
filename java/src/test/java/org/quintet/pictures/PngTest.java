package org.quintet.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** PNG files written here from samples, so that every pixel is known. */
class PngTest {
  private static final byte[] SIGNATURE = TestPictures.hex("89504e47 0d0a1a0a");
  private static final byte[] END = chunk("IEND", new byte[0]);

  /** A kind of PNG: its number for the colour type, samples a pixel, bits a sample. */
  private record Kind(int colourType, int samples, int bits) {
    boolean palette() {
      return colourType == 3;
    }

    boolean gray() {
      return colourType == 0 || colourType == 4;
    }
  }

  @Provide
  Arbitrary<Kind> kinds() {
    return Arbitraries.of(
        new Kind(0, 1, 1), new Kind(0, 1, 2), new Kind(0, 1, 4), new Kind(0, 1, 8), new Kind(0, 1, 16),
        new Kind(2, 3, 8), new Kind(2, 3, 16),
        new Kind(3, 1, 1), new Kind(3, 1, 2), new Kind(3, 1, 4), new Kind(3, 1, 8),
        new Kind(4, 2, 8), new Kind(4, 2, 16), new Kind(6, 4, 8), new Kind(6, 4, 16));
  }

  private static byte[] chunk(String name, byte[] content) {
    byte[] named = TestPictures.join(name.getBytes(StandardCharsets.US_ASCII), content);
    CRC32 crc = new CRC32();
    crc.update(named);
    return ByteBuffer.allocate(named.length + 8).putInt(content.length).put(named).putInt((int) crc.getValue()).array();
  }

  private static byte[] header(int width, int height, int bits, int colourType) {
    ByteBuffer content = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) bits).put((byte) colourType);
    return chunk("IHDR", content.array());
  }

  private static byte[] data(byte[] content) {
    Deflater deflater = new Deflater();
    deflater.setInput(content);
    deflater.finish();
    byte[] packed = new byte[content.length + 64];
    int length = deflater.deflate(packed);
    deflater.end();
    return chunk("IDAT", Arrays.copyOf(packed, length));
  }

  /** Rows of samples, each row after a zero (no filter), as bits from the left. */
  private static byte[] rows(int[][][] samples, int bits) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int[][] row : samples) {
      out.write(0);
      int pending = 0;
      int filled = 0;
      for (int[] pixel : row) {
        for (int sample : pixel) {
          if (bits == 16) {
            out.write(sample >> 8);
          }
          pending = pending << Math.min(bits, 8) | sample & 0xff;
          filled += Math.min(bits, 8);
          if (filled == 8) {
            out.write(pending);
            pending = 0;
            filled = 0;
          }
        }
      }
      if (filled > 0) {
        out.write(pending << 8 - filled);
      }
    }
    return out.toByteArray();
  }

  private static int[][][] noise(int width, int height, Kind kind, Random random) {
    int[][][] samples = new int[height][width][kind.samples()];
    for (int[][] row : samples) {
      for (int[] pixel : row) {
        Arrays.setAll(pixel, i -> random.nextInt(1 << kind.bits()));
      }
    }
    return samples;
  }

  @Property(tries = 300)
  void everyKindOfPngIsItsSamplesWithAlphaDroppedAndTheHighByteKept(
      @ForAll("kinds") Kind kind, @ForAll @IntRange(min = 1, max = 19) int width, @ForAll @IntRange(min = 1, max = 5) int height,
      @ForAll boolean transparency, @ForAll long seed) {
    Random random = new Random(seed);
    byte[] palette = new byte[3 << Math.min(kind.bits(), 8)];
    random.nextBytes(palette);
    int[][][] samples = noise(width, height, kind, random);
    byte[] file =
        TestPictures.join(
            SIGNATURE, header(width, height, kind.bits(), kind.colourType()),
            kind.palette() ? chunk("PLTE", palette) : new byte[0], transparency ? transparency(kind) : new byte[0],
            data(rows(samples, kind.bits())), END);
    Picture picture = Picture.decode(file, kind.toString());
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        assertEquals(expected(kind, samples[y][x], palette), picture.pixel(x, y), kind + " at " + x + "," + y);
      }
    }
  }

  /** A tRNS chunk, where a kind may have one: it only makes alpha, which is dropped. */
  private static byte[] transparency(Kind kind) {
    return switch (kind.colourType()) {
      case 0 -> chunk("tRNS", new byte[] {0, 1});
      case 2 -> chunk("tRNS", new byte[] {0, 1, 0, 2, 0, 3});
      case 3 -> chunk("tRNS", new byte[] {0, 127});
      default -> new byte[0];
    };
  }

  private static int expected(Kind kind, int[] pixel, byte[] palette) {
    int rgb = 0;
    for (int c = 0; c < 3; c++) {
      int sample = pixel[kind.gray() || kind.palette() ? 0 : c];
      int level = kind.bits() == 16 ? sample >> 8 : sample * 255 / ((1 << kind.bits()) - 1);
      rgb = rgb << 8 | (kind.palette() ? palette[sample * 3 + c] & 0xff : level);
    }
    return rgb;
  }

  /** Three gray pixels, 10, 20 and 30, with chunks put in after the header. */
  private static byte[] threePixels(byte[]... chunks) {
    return TestPictures.join(
        SIGNATURE, header(3, 1, 8, 0), TestPictures.join(chunks), data(new byte[] {0, 10, 20, 30}), END);
  }

  private static final Picture THREE_PIXELS = Picture.ofGray(3, 1, new byte[] {10, 20, 30});

  @Test
  void gammaProfilesAndCommentsChangeNothingEvenDamaged() {
    byte[] junk = {'x', 0, 0, 'j', 'u', 'n', 'k'};
    assertEquals(
        THREE_PIXELS,
        Picture.decode(
            threePixels(
                chunk("gAMA", TestPictures.hex("000186a0")), chunk("iCCP", junk), chunk("zTXt", junk), chunk("tIME", junk)),
            "junk"));
  }

  @Test
  void theOrientationOfAnExifChunkIsApplied() {
    byte[] turned = threePixels(chunk("eXIf", TestPictures.exif(8)));
    assertEquals(Picture.ofGray(1, 3, new byte[] {30, 20, 10}), Picture.decode(turned, "turned"));
  }

  @Test
  void whatFollowsTheEndChangesNothing() {
    assertEquals(THREE_PIXELS, Picture.decode(TestPictures.join(threePixels(), new byte[9]), "followed"));
  }

  @Test
  void aPngCutAnywhereIsRefused() {
    byte[] file = threePixels();
    for (int length = SIGNATURE.length; length < file.length; length++) {
      String message = TestPictures.refusal(Arrays.copyOf(file, length));
      assertTrue(message.contains("found the end of the data after"), message);
    }
  }

  @Test
  void aPngWithAnyOneDamagedByteInItsDataIsRefused() {
    byte[] file = threePixels();
    int data = SIGNATURE.length + 25;
    for (int at = data + 8; at < file.length - 12; at++) {
      byte[] damaged = file.clone();
      damaged[at] ^= 0x10;
      assertTrue(TestPictures.refusal(damaged).contains("checksum"));
    }
  }

  @Test
  void dataThatEndsBeforeTheLastRowIsRefused() {
    byte[] file = TestPictures.join(SIGNATURE, header(3, 40, 8, 0), data(new byte[4 * 39]), END);
    TestPictures.refusal(file);
  }

  @Test
  void aHugeClaimIsRefusedBeforeAnythingElseIsLookedAt() {
    byte[] file = TestPictures.join(SIGNATURE, header(-1, 2, 8, 2), new byte[5]);
    assertTrue(TestPictures.refusal(file).contains("4294967295 x 2 pixels"));
  }

  @Test
  void aSizeOfZeroIsRefused() {
    String message = TestPictures.refusal(TestPictures.join(SIGNATURE, header(0, 2, 8, 2), data(new byte[2]), END));
    assertTrue(message.contains("found a size of 0 x 2 pixels, expected at least 1 x 1"), message);
  }

  @Test
  void chunksInTheWrongPlaceAreRefused() {
    assertTrue(TestPictures.refusal(TestPictures.join(SIGNATURE, data(new byte[2]), END)).contains("found a first chunk IDAT"));
    TestPictures.refusal(TestPictures.join(SIGNATURE, header(3, 1, 8, 0), END));
    TestPictures.refusal(TestPictures.join(SIGNATURE, header(3, 1, 8, 3), data(new byte[4]), END));
  }
}
