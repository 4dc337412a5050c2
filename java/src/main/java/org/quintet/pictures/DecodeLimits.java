package org.quintet.pictures;

import java.io.IOException;
import java.util.Locale;
import org.quintet.ArgumentException;

/**
 * How much a picture may ask for before it is refused. Both limits are checked before anything is decoded, so that a small file
 * with a huge claim in its header costs nothing.
 *
 * @param maxPixels the largest width times height, in pixels, that is decoded
 * @param maxBytes the largest encoded file, in bytes, that is read
 */
public record DecodeLimits(long maxPixels, long maxBytes) {
  private static final DecodeLimits DEFAULTS = new DecodeLimits(100_000_000L, 512L << 20);

  /** Checks that both limits are positive and fit what a Java array can hold. */
  public DecodeLimits {
    requireWithin("maxPixels", maxPixels, Integer.MAX_VALUE / 3);
    requireWithin("maxBytes", maxBytes, Integer.MAX_VALUE - 16);
  }

  /** 100 megapixels from at most 512 MiB of encoded data. */
  public static DecodeLimits defaults() {
    return DEFAULTS;
  }

  /** The same limits with another largest number of pixels. */
  public DecodeLimits maxPixels(long pixels) {
    return new DecodeLimits(pixels, maxBytes);
  }

  /** The same limits with another largest number of encoded bytes. */
  public DecodeLimits maxBytes(long bytes) {
    return new DecodeLimits(maxPixels, bytes);
  }

  /** Refuses a size that a header claims; decoders call it before they allocate anything that grows with the picture. */
  void check(long width, long height) throws IOException {
    if (width <= 0 || height <= 0) {
      throw new IOException("found a size of " + width + " x " + height + " pixels, expected at least 1 x 1");
    }
    // Compared by division: no claim is large enough to overflow it.
    if (width > maxPixels / height) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "found a size of %d x %d pixels (%.1f megapixels), expected at most %.1f megapixels (DecodeLimits.maxPixels)",
              width, height, (double) width * height / 1e6, maxPixels / 1e6));
    }
  }

  private static void requireWithin(String name, long value, long largest) {
    if (value < 1 || value > largest) {
      throw new ArgumentException(name + " is " + value + ", expected 1 to " + largest);
    }
  }
}
