package org.quintet.pictures;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.quintet.ArgumentException;
import org.quintet.FormatException;

/**
 * A decoded picture: 8-bit red, green and blue for every pixel, upright. Immutable, so any number of threads may share it.
 *
 * <p>JPEG (gray, RGB, CMYK, progressive), PNG, GIF (first frame), BMP and WebP are recognised by their content, never by a file's
 * name. Pixels are the numbers in the file, as Pillow's {@code convert("RGB")} gives them: colour profiles and PNG gamma are
 * ignored, gray is replicated, alpha is dropped and not blended, 16-bit samples keep their high byte. The EXIF orientation is
 * applied. Whatever is truncated or damaged is a {@link FormatException} and never a partly gray picture.
 */
public final class Picture {
  static final int CHANNELS = 3;

  private final int width;
  private final int height;
  private final byte[] rgb;

  /** Takes over {@code rgb}: the caller must not write to it again. */
  Picture(int width, int height, byte[] rgb) {
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  /**
   * Makes a picture of raw pixels.
   *
   * @param rgb height x width x 3 bytes (red, green, blue), row after row from the top; copied
   * @throws ArgumentException if a side is not positive or the length is not {@code height * width * 3}
   */
  public static Picture ofRgb(int width, int height, byte[] rgb) {
    requireLength(width, height, CHANNELS, rgb.length);
    return new Picture(width, height, rgb.clone());
  }

  /**
   * Makes a picture of raw gray pixels, each replicated to red, green and blue.
   *
   * @param gray height x width bytes, row after row from the top; copied
   * @throws ArgumentException if a side is not positive or the length is not {@code height * width}
   */
  public static Picture ofGray(int width, int height, byte[] gray) {
    requireLength(width, height, 1, gray.length);
    return new Picture(width, height, Rasters.replicate(gray));
  }

  /** Decodes a file within the {@linkplain DecodeLimits#defaults() default limits}; see {@link #decode(Path, DecodeLimits)}. */
  public static Picture decode(Path file) {
    return decode(file, DecodeLimits.defaults());
  }

  /**
   * Decodes a file, whatever its name says it is.
   *
   * @throws FormatException if the file cannot be read, is no picture of a known format, is damaged, or asks for more than
   *     {@code limits} allow; the message names the file, what was found and what was expected
   */
  public static Picture decode(Path file, DecodeLimits limits) {
    byte[] data;
    try {
      data = read(file, limits);
    } catch (NoSuchFileException e) {
      throw new FormatException(file + ": no such file", e);
    } catch (IOException e) {
      throw new FormatException(file + ": cannot be read: " + e.getMessage(), e);
    }
    return Decoding.decode(data, file.toString(), limits);
  }

  /** Decodes a file's content within the default limits; see {@link #decode(byte[], String, DecodeLimits)}. */
  public static Picture decode(byte[] data, String name) {
    return decode(data, name, DecodeLimits.defaults());
  }

  /**
   * Decodes a file's content.
   *
   * @param data the encoded bytes, only read
   * @param name what error messages call it
   * @throws FormatException as {@link #decode(Path, DecodeLimits)}
   */
  public static Picture decode(byte[] data, String name, DecodeLimits limits) {
    if (data.length > limits.maxBytes()) {
      throw new FormatException(name + ": " + tooLong("" + data.length, limits));
    }
    return Decoding.decode(data, name, limits);
  }

  /** Decodes a stream within the default limits; see {@link #decode(InputStream, String, DecodeLimits)}. */
  public static Picture decode(InputStream in, String name) {
    return decode(in, name, DecodeLimits.defaults());
  }

  /**
   * Decodes what a stream holds from here to its end. The stream is not closed.
   *
   * @param name what error messages call it
   * @throws FormatException as {@link #decode(Path, DecodeLimits)}
   */
  public static Picture decode(InputStream in, String name, DecodeLimits limits) {
    byte[] data;
    try {
      data = readWithin(in, limits);
    } catch (IOException e) {
      throw new FormatException(name + ": cannot be read: " + e.getMessage(), e);
    }
    return Decoding.decode(data, name, limits);
  }

  /** Pixels from left to right. */
  public int width() {
    return width;
  }

  /** Pixels from top to bottom. */
  public int height() {
    return height;
  }

  /** A copy of the pixels: height x width x 3 bytes (red, green, blue), row after row from the top. */
  public byte[] rgb() {
    return rgb.clone();
  }

  /**
   * The pixel in column {@code x} and row {@code y}, counted from the top left corner, as {@code 0xRRGGBB}.
   *
   * @throws ArgumentException if there is no such pixel
   */
  public int pixel(int x, int y) {
    if (x < 0 || x >= width || y < 0 || y >= height) {
      throw new ArgumentException("no pixel " + x + "," + y + " in a picture of " + width + " x " + height);
    }
    int i = (y * width + x) * CHANNELS;
    return (rgb[i] & 0xff) << 16 | (rgb[i + 1] & 0xff) << 8 | (rgb[i + 2] & 0xff);
  }

  /**
   * This picture at another size, by Pillow's antialiased bilinear filter ({@code Image.resize(size, BILINEAR)}), equal to Pillow
   * to the bit: a triangle whose support grows with the shrink factor, each of its two passes rounded to 8 bits. Returns this picture
   * if it already has that size.
   *
   * @throws ArgumentException if a side is not positive or the result is more than a Java array can hold
   */
  public Picture resize(int newWidth, int newHeight) {
    if (newWidth == width && newHeight == height) {
      return this;
    }
    requirePositive(newWidth, newHeight);
    requireFits(newWidth, newHeight);
    Resampler.Axis columns = new Resampler.Axis(width, newWidth, 0, newWidth);
    Resampler.Axis rows = new Resampler.Axis(height, newHeight, 0, newHeight);
    return new Picture(newWidth, newHeight, Resampler.resample(rgb, width, CHANNELS, columns, rows));
  }

  /**
   * A rectangle of this picture. Returns this picture if that is all of it.
   *
   * @param left the first column, counted from 0
   * @param top the first row, counted from 0
   * @throws ArgumentException if the rectangle is empty or not within this picture
   */
  public Picture crop(int left, int top, int cropWidth, int cropHeight) {
    requirePositive(cropWidth, cropHeight);
    if (left < 0 || top < 0 || cropWidth > width - left || cropHeight > height - top) {
      throw new ArgumentException(
          "a crop of " + cropWidth + " x " + cropHeight + " at " + left + "," + top + " is not within a picture of " + width + " x "
              + height);
    }
    if (cropWidth == width && cropHeight == height) {
      return this;
    }
    byte[] cropped = new byte[cropWidth * cropHeight * CHANNELS];
    for (int y = 0; y < cropHeight; y++) {
      int from = ((top + y) * width + left) * CHANNELS;
      System.arraycopy(rgb, from, cropped, y * cropWidth * CHANNELS, cropWidth * CHANNELS);
    }
    return new Picture(cropWidth, cropHeight, cropped);
  }

  /** This picture at {@code left}, {@code top} of a larger one that is otherwise all {@code colour} (0xRRGGBB). */
  Picture onCanvas(int left, int top, int canvasWidth, int canvasHeight, int colour) {
    if (canvasWidth == width && canvasHeight == height) {
      return this;
    }
    byte[] canvas = new byte[canvasWidth * canvasHeight * CHANNELS];
    for (int i = 0; i < canvas.length; ) {
      canvas[i++] = (byte) (colour >> 16);
      canvas[i++] = (byte) (colour >> 8);
      canvas[i++] = (byte) colour;
    }
    for (int y = 0; y < height; y++) {
      int to = ((top + y) * canvasWidth + left) * CHANNELS;
      System.arraycopy(rgb, y * width * CHANNELS, canvas, to, width * CHANNELS);
    }
    return new Picture(canvasWidth, canvasHeight, canvas);
  }

  /** Two pictures are equal if they have the same size and the same pixels. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Picture p && width == p.width && height == p.height && Arrays.equals(rgb, p.rgb);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * width + height) + Arrays.hashCode(rgb);
  }

  @Override
  public String toString() {
    return "Picture[" + width + " x " + height + "]";
  }

  /** The pixels themselves, for this package, which only reads them. */
  byte[] pixels() {
    return rgb;
  }

  private static byte[] read(Path file, DecodeLimits limits) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("found a directory, expected a file");
    }
    if (Files.isRegularFile(file) && Files.size(file) <= limits.maxBytes()) {
      return Files.readAllBytes(file);
    }
    // A pipe or a device has no size to ask for, and might never end.
    try (InputStream in = Files.newInputStream(file)) {
      return readWithin(in, limits);
    }
  }

  private static byte[] readWithin(InputStream in, DecodeLimits limits) throws IOException {
    byte[] data = in.readNBytes((int) limits.maxBytes() + 1);
    if (data.length > limits.maxBytes()) {
      throw new IOException(tooLong("more than " + limits.maxBytes(), limits));
    }
    return data;
  }

  private static String tooLong(String found, DecodeLimits limits) {
    return "found " + found + " bytes, expected at most " + limits.maxBytes() + " (DecodeLimits.maxBytes)";
  }

  private static void requireLength(int width, int height, int channels, int found) {
    requirePositive(width, height);
    if ((long) width * height * channels != found) {
      throw new ArgumentException(
          "found " + found + " bytes, expected height x width x channels = " + height + " x " + width + " x " + channels);
    }
    requireFits(width, height);
  }

  private static void requirePositive(int width, int height) {
    if (width <= 0 || height <= 0) {
      throw new ArgumentException("found a size of " + width + " x " + height + " pixels, expected at least 1 x 1");
    }
  }

  private static void requireFits(int width, int height) {
    if ((long) width * height > Integer.MAX_VALUE / CHANNELS) {
      throw new ArgumentException("a picture of " + width + " x " + height + " pixels does not fit in a Java array");
    }
  }
}
