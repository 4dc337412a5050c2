package org.quintet.pictures;

import java.awt.image.Raster;
import java.io.IOException;
import java.util.regex.Pattern;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import org.jspecify.annotations.Nullable;

/**
 * JPEG: the reader delivers the components as they are stored, and the colours are made of them here, by libjpeg's and Pillow's
 * integer formulas. So neither the reader's guess at the colour space nor a colour profile changes a pixel.
 */
final class JpegDecoder {
  private JpegDecoder() {}

  static Picture decode(byte[] data, DecodeLimits limits) throws IOException {
    JpegHeader header = JpegHeader.parse(data);
    limits.check(header.width(), header.height());
    byte[] stored = Readers.read(Readers.JPEG, data, reader -> components(reader, header));
    Picture picture = new Picture(header.width(), header.height(), colours(stored, header));
    return Orientation.apply(picture, header.orientation());
  }

  private static byte[] components(ImageReader reader, JpegHeader header) throws IOException {
    if (reader.getWidth(0) != header.width() || reader.getHeight(0) != header.height()) {
      throw new IOException("found two frame headers of different sizes, expected one");
    }
    Damage damage = new Damage();
    reader.addIIOReadWarningListener(damage);
    Raster raster = reader.readRaster(0, null);
    damage.check();
    if (!Rasters.packed(raster, header.components())
        || raster.getWidth() != header.width()
        || raster.getHeight() != header.height()) {
      throw new IOException("found pixels laid out as " + raster + ", expected what the frame header says");
    }
    byte[] stored = Rasters.bytes(raster);
    for (int c = 0; c < header.components(); c++) {
      if ((header.halfHeight() >> c & 1) != 0) {
        ChromaRows.blend(stored, header.width(), header.height(), header.components(), c);
      }
    }
    return stored;
  }

  /** Remembers the reader's first warning that pixels are missing or wrong: libjpeg would fill the rest with gray and go on. */
  private static final class Damage implements IIOReadWarningListener {
    /** Not among them: extraneous bytes between segments, odd version numbers and the like, which cost no pixel. */
    private static final Pattern LOSS =
        Pattern.compile("premature end|truncated|bad huffman|instead of rst|inconsistent progression", Pattern.CASE_INSENSITIVE);

    private @Nullable String found;

    @Override
    public void warningOccurred(ImageReader source, String warning) {
      if (found == null && LOSS.matcher(warning).find()) {
        found = warning;
        source.abort();
      }
    }

    private void check() throws IOException {
      if (found != null) {
        throw new IOException("found damaged or missing data (" + found + "), expected a complete picture");
      }
    }
  }

  private static byte[] colours(byte[] stored, JpegHeader header) {
    if (header.components() == 1) {
      return Rasters.replicate(stored);
    }
    if (header.luminanceChrominance()) {
      for (int i = 0; i < stored.length; i += header.components()) {
        yccToRgb(stored, i);
      }
    }
    return header.components() == 3 ? stored : inksToRgb(stored, header.luminanceChrominance());
  }

  /** Y, Cb, Cr at {@code i} become R, G, B in place: libjpeg's {@code jdcolor.c}, constants times 65536. */
  private static void yccToRgb(byte[] p, int i) {
    int y = p[i] & 0xff;
    int cb = (p[i + 1] & 0xff) - 128;
    int cr = (p[i + 2] & 0xff) - 128;
    p[i] = clamp(y + (91881 * cr + 32768 >> 16));
    p[i + 1] = clamp(y + (-22554 * cb - 46802 * cr + 32768 >> 16));
    p[i + 2] = clamp(y + (116130 * cb + 32768 >> 16));
  }

  private static byte clamp(int v) {
    return (byte) Math.max(0, Math.min(255, v));
  }

  /**
   * Four components as Pillow has them: always in Adobe's convention, where 255 is no ink, and each ink darkens what black leaves.
   * After YCCK the first three bytes are the inks themselves, in CMYK they are what the inks leave.
   */
  private static byte[] inksToRgb(byte[] stored, boolean inks) {
    byte[] rgb = new byte[stored.length / 4 * Picture.CHANNELS];
    for (int i = 0, o = 0; i < stored.length; i += 4) {
      int light = stored[i + 3] & 0xff;
      for (int c = 0; c < Picture.CHANNELS; c++) {
        int ink = inks ? stored[i + c] & 0xff : 255 - (stored[i + c] & 0xff);
        int product = ink * light + 128;
        rgb[o++] = (byte) (light - ((product >> 8) + product >> 8));
      }
    }
    return rgb;
  }
}
