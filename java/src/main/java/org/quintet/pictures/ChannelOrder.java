package org.quintet.pictures;

/** Which planes a network wants, and in which order. */
public enum ChannelOrder {
  /** Red, green, blue. */
  RGB(0, 1, 2),
  /** Blue, green, red: networks trained with Caffe. */
  BGR(2, 1, 0),
  /** One plane of luma, Pillow's {@code convert("L")}: (19595 R + 38470 G + 7471 B + 32768) / 65536. */
  GRAY(0);

  private final int[] source;

  ChannelOrder(int... source) {
    this.source = source;
  }

  /** The number of planes: 3 or 1. */
  public int channels() {
    return source.length;
  }

  /** Which channel of the pixels becomes plane {@code plane}. */
  int source(int plane) {
    return source[plane];
  }

  /** A picture's pixels with as many channels as this order has planes; shared with the picture, so only to be read. */
  byte[] pixels(Picture picture) {
    return this == GRAY ? luma(picture.pixels()) : picture.pixels();
  }

  private static byte[] luma(byte[] rgb) {
    byte[] gray = new byte[rgb.length / Picture.CHANNELS];
    for (int i = 0, p = 0; i < gray.length; i++, p += Picture.CHANNELS) {
      gray[i] = (byte) ((rgb[p] & 0xff) * 19595 + (rgb[p + 1] & 0xff) * 38470 + (rgb[p + 2] & 0xff) * 7471 + 32768 >> 16);
    }
    return gray;
  }
}
