package org.quintet;

/**
 * A window whose values become one: {@code Pool.of(3).stride(2).same()}. Immutable; wrong numbers are reported when it is added to
 * a graph.
 *
 * @param window kernel, stride and padding
 * @param ceilMode whether a last window that reaches over the edge counts (Caffe, torchvision's {@code ceil_mode})
 * @param paddingCounts averages only: whether padding counts in the divisor
 */
public record Pool(Window window, boolean ceilMode, boolean paddingCounts) {

  /** A square window that moves by its own size, no padding. */
  public static Pool of(int kernel) {
    return of(kernel, kernel);
  }

  /** A window that moves by its own size, no padding. */
  public static Pool of(int height, int width) {
    return new Pool(new Window(height, width, height, width, Padding.VALID), false, false);
  }

  /** The same stride along height and width. */
  public Pool stride(int both) {
    return stride(both, both);
  }

  /** A stride for each axis. */
  public Pool stride(int height, int width) {
    return new Pool(window.withStride(height, width), ceilMode, paddingCounts);
  }

  /** Keras's {@code same} padding: see {@link Padding}. */
  public Pool same() {
    return padding(Padding.SAME);
  }

  /** Padding on all four sides. */
  public Pool padding(int all) {
    return padding(Padding.of(all));
  }

  /** Padding for each side. */
  public Pool padding(int top, int left, int bottom, int right) {
    return padding(Padding.of(top, left, bottom, right));
  }

  /** Any padding. */
  public Pool padding(Padding padding) {
    return new Pool(window.withPadding(padding), ceilMode, paddingCounts);
  }

  /** Keeps a last window that reaches over the edge. */
  public Pool ceil() {
    return new Pool(window, true, paddingCounts);
  }

  /** Lets padding count in an average's divisor. */
  public Pool countPadding() {
    return new Pool(window, ceilMode, true);
  }

  /** As the native core reads it. */
  String attributes() {
    return window.attributes() + " ceil=" + ceilMode;
  }
}
