package org.quintet.pictures;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.util.Arrays;

/**
 * Takes the numbers out of what an ImageIO reader decoded, as red, green and blue bytes. Never through {@code getRGB}, which
 * converts between colour spaces: it brightens gray pictures and applies colour profiles.
 */
final class Rasters {
  private Rasters() {}

  /** Each of {@code gray}'s bytes three times. */
  static byte[] replicate(byte[] gray) {
    byte[] rgb = new byte[gray.length * Picture.CHANNELS];
    for (int i = 0, o = 0; i < gray.length; i++, o += Picture.CHANNELS) {
      rgb[o] = gray[i];
      rgb[o + 1] = gray[i];
      rgb[o + 2] = gray[i];
    }
    return rgb;
  }

  /** The picture in {@code image}; its memory may be taken over, so the caller must not use it again. */
  static Picture toPicture(BufferedImage image) {
    Raster raster = image.getRaster();
    byte[] rgb = packed(raster, Picture.CHANNELS) && !(image.getColorModel() instanceof IndexColorModel)
        ? bytes(raster)
        : convert(raster, image.getColorModel());
    return new Picture(image.getWidth(), image.getHeight(), rgb);
  }

  /** Whether {@code raster} is one array of exactly {@code bands} interleaved bytes a pixel, in order and without gaps. */
  static boolean packed(Raster raster, int bands) {
    if (!(raster.getSampleModel() instanceof PixelInterleavedSampleModel model)
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)) {
      return false;
    }
    int[] inOrder = {0, 1, 2, 3};
    return model.getNumBands() == bands
        && model.getPixelStride() == bands
        && model.getScanlineStride() == bands * raster.getWidth()
        && Arrays.equals(model.getBandOffsets(), Arrays.copyOf(inOrder, bands))
        && buffer.getNumBanks() == 1
        && buffer.getOffset() == 0
        && buffer.getSize() == bands * raster.getWidth() * raster.getHeight();
  }

  /** The array behind a {@linkplain #packed packed} raster. */
  static byte[] bytes(Raster raster) {
    return ((DataBufferByte) raster.getDataBuffer()).getData();
  }

  private static byte[] convert(Raster raster, ColorModel colours) {
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    byte[] rgb = new byte[width * raster.getHeight() * Picture.CHANNELS];
    // Channel c of the result comes from band c, or from the only one (gray, with or without alpha, or a palette's index).
    int colourBands = bands < Picture.CHANNELS ? 1 : Picture.CHANNELS;
    byte[][] levels = new byte[Picture.CHANNELS][];
    for (int c = 0; c < Picture.CHANNELS; c++) {
      levels[c] = colours instanceof IndexColorModel palette
          ? levels(palette, c)
          : levels(raster.getSampleModel().getSampleSize(c % colourBands));
    }
    int[] row = new int[width * bands];
    int o = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < row.length; x += bands) {
        for (int c = 0; c < Picture.CHANNELS; c++) {
          rgb[o++] = levels[c][row[x + c % colourBands]];
        }
      }
    }
    return rgb;
  }

  /** A palette's red, green or blue. An index that the palette lacks is black, as in Pillow. */
  private static byte[] levels(IndexColorModel palette, int channel) {
    byte[] levels = new byte[Math.max(palette.getMapSize(), 1 << palette.getPixelSize())];
    switch (channel) {
      case 0 -> palette.getReds(levels);
      case 1 -> palette.getGreens(levels);
      default -> palette.getBlues(levels);
    }
    return levels;
  }

  /** What a sample of so many bits is in 8 bits, as Pillow has it: the high byte, or 0 to 255 in equal steps rounded down. */
  private static byte[] levels(int bits) {
    byte[] levels = new byte[1 << bits];
    for (int v = 0; v < levels.length; v++) {
      levels[v] = (byte) (bits > 8 ? v >> (bits - 8) : v * 255 / (levels.length - 1));
    }
    return levels;
  }
}
