package org.quintet.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.quintet.FormatException;

/** Pictures made for tests, and files of them. */
final class TestPictures {
  private TestPictures() {}

  /** A picture of wrapping ramps: every pixel is known by formula, in any language. */
  static Picture ramps(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    int i = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < 3; c++) {
          rgb[i++] = (byte) (x * x * 3 + y * 7 + c * 50 + x * y);
        }
      }
    }
    return Picture.ofRgb(width, height, rgb);
  }

  /** A picture of noise. */
  static Picture noise(int width, int height, long seed) {
    byte[] rgb = new byte[width * height * 3];
    new Random(seed).nextBytes(rgb);
    return Picture.ofRgb(width, height, rgb);
  }

  /** A picture as JPEG keeps it: soft, so that a wrong turn or a lost row is far from what is right. */
  static Picture soft(int width, int height) {
    return Picture.ofRgb(2, 2, new byte[] {-1, 0, 0, 0, -1, 0, 0, 0, -1, -1, -1, 0}).resize(width, height);
  }

  static String crc(Picture picture) {
    CRC32 crc = new CRC32();
    crc.update(picture.rgb());
    return "%08x".formatted(crc.getValue());
  }

  static BufferedImage image(Picture picture, int type) {
    BufferedImage image = new BufferedImage(picture.width(), picture.height(), type);
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < picture.width(); x++) {
        image.setRGB(x, y, 0xff000000 | picture.pixel(x, y));
      }
    }
    return image;
  }

  /** The file that ImageIO writes. */
  static byte[] file(BufferedImage image, String format) {
    try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      assertTrue(ImageIO.write(image, format, out), format);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] jpeg(Picture picture) {
    return file(image(picture, BufferedImage.TYPE_INT_RGB), "jpg");
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  /** A file with {@code part} put in at {@code at}. */
  static byte[] insert(byte[] file, int at, byte[] part) {
    return join(Arrays.copyOf(file, at), part, Arrays.copyOfRange(file, at, file.length));
  }

  /** A JPEG segment. */
  static byte[] segment(int marker, byte[] content) {
    ByteBuffer segment = ByteBuffer.allocate(content.length + 4);
    return segment.put((byte) 0xff).put((byte) marker).putShort((short) (content.length + 2)).put(content).array();
  }

  /** A TIFF block whose only entry is an orientation. */
  static byte[] exif(int orientation) {
    return hex("4d4d 002a 00000008 0001 0112 0003 00000001 %04x 0000 00000000".formatted(orientation));
  }

  /** The message of the error that decoding ends in: it names the file and says what was expected. */
  static String refusal(byte[] file) {
    return refusal(file, DecodeLimits.defaults());
  }

  static String refusal(byte[] file, DecodeLimits limits) {
    FormatException e = assertThrows(FormatException.class, () -> Picture.decode(file, "the-file", limits));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("the-file: "), message);
    assertFalse(message.contains("\n"), message);
    return message;
  }

  /** How far two pictures of one size are apart on average, in levels. */
  static double distance(Picture a, Picture b) {
    assertEquals(a.toString(), b.toString());
    byte[] left = a.rgb();
    byte[] right = b.rgb();
    long sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += Math.abs((left[i] & 0xff) - (right[i] & 0xff));
    }
    return (double) sum / left.length;
  }
}
