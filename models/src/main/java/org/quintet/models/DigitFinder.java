package org.quintet.models;

import org.quintet.pictures.Picture;

/**
 * Makes MNIST's kind of picture of any picture of a handwritten digit: dark on light or light on dark, of any size, anywhere in it.
 * The largest shape of ink, with the parts that belong to it, is scaled to fit a box of 20 x 20 pixels and put with its centre of mass
 * into the middle of 28 x 28, white on black, as LeCun and others did for MNIST. Thin strokes are thickened to what MNIST's pens left.
 *
 * <p>A picture that already is like MNIST's changes little. Thread-safe.
 */
public final class DigitFinder {
  private static final int SIDE = 28;
  private static final int BOX = 20;

  /** Large pictures are looked at in this size. */
  private static final int LARGEST = 480;

  /** Ink is thickened in a box of at most this size. */
  private static final int WORKING = 100;

  /** MNIST's thinner strokes, in pixels of the 20 x 20 box. */
  private static final double THINNEST = 2;

  private DigitFinder() {}

  /** The digit of {@code picture} as a picture of 28 x 28, white on black; all black if there is no ink. */
  public static Picture find(Picture picture) {
    InkBox box = new InkShapes(Ink.of(reduced(picture))).digit();
    if (box == null) {
      return Picture.ofGray(SIDE, SIDE, new byte[SIDE * SIDE]);
    }
    return thickened(box.size() > WORKING ? box.resized(WORKING) : box).resized(BOX).brightened().centred(SIDE);
  }

  private static Picture reduced(Picture picture) {
    int longer = Math.max(picture.width(), picture.height());
    if (longer <= LARGEST) {
      return picture;
    }
    int width = Math.max(1, Math.round((float) picture.width() * LARGEST / longer));
    int height = Math.max(1, Math.round((float) picture.height() * LARGEST / longer));
    return picture.resize(width, height);
  }

  private static InkBox thickened(InkBox box) {
    double missing = THINNEST * box.size() / BOX - box.strokeWidth();
    return missing >= 1 ? box.thickened(missing / 2) : box;
  }
}
