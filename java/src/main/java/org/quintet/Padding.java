package org.quintet;

/**
 * What is added around a picture before a window slides over it: fixed rows and columns of zeros, or as many as keep the size.
 *
 * @param same Keras's {@code same}: the output has ceil(size / stride) rows and columns, an odd rest of padding goes to the bottom
 *     and right; the four numbers are then 0
 * @param top rows above
 * @param left columns before
 * @param bottom rows below
 * @param right columns after
 */
public record Padding(boolean same, int top, int left, int bottom, int right) {
  /** None: the window stays within the picture. */
  public static final Padding VALID = new Padding(false, 0, 0, 0, 0);
  /** Keras's {@code same}. */
  public static final Padding SAME = new Padding(true, 0, 0, 0, 0);

  /** The same number of rows and columns on all sides. */
  public static Padding of(int all) {
    return of(all, all, all, all);
  }

  /** A number for each side. */
  public static Padding of(int top, int left, int bottom, int right) {
    return new Padding(false, top, left, bottom, right);
  }

  /** As the native core reads it. */
  String attribute() {
    return same ? "same" : top + "," + left + "," + bottom + "," + right;
  }
}
