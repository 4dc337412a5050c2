package org.quintet;

/**
 * A two-dimensional convolution: {@code Convolution.of(64, 7).stride(2).padding(3)}. Weights are [filters, channels / groups, kernel
 * height, kernel width], the bias is [filters]. Immutable; wrong numbers are reported when it is added to a graph.
 *
 * @param filters channels of the output
 * @param window kernel, stride and padding
 * @param dilationHeight rows from one kernel row to the next; 1 is a dense kernel
 * @param dilationWidth columns from one kernel column to the next
 * @param groups parts into which input and output channels are split, each convolved by itself
 * @param bias whether a number per filter is added
 */
public record Convolution(int filters, Window window, int dilationHeight, int dilationWidth, int groups, boolean bias) {

  /** A square kernel, stride 1, no padding, with bias. */
  public static Convolution of(int filters, int kernel) {
    return of(filters, kernel, kernel);
  }

  /** Any kernel, stride 1, no padding, with bias. */
  public static Convolution of(int filters, int kernelHeight, int kernelWidth) {
    return new Convolution(filters, new Window(kernelHeight, kernelWidth, 1, 1, Padding.VALID), 1, 1, 1, true);
  }

  /** The same stride along height and width. */
  public Convolution stride(int both) {
    return stride(both, both);
  }

  /** A stride for each axis. */
  public Convolution stride(int height, int width) {
    return with(window.withStride(height, width));
  }

  /** Keras's {@code same} padding: see {@link Padding}. */
  public Convolution same() {
    return padding(Padding.SAME);
  }

  /** Zeros on all four sides. */
  public Convolution padding(int all) {
    return padding(Padding.of(all));
  }

  /** Zeros for each side. */
  public Convolution padding(int top, int left, int bottom, int right) {
    return padding(Padding.of(top, left, bottom, right));
  }

  /** Any padding. */
  public Convolution padding(Padding padding) {
    return with(window.withPadding(padding));
  }

  /** The same dilation along height and width. */
  public Convolution dilation(int both) {
    return new Convolution(filters, window, both, both, groups, bias);
  }

  /** Splits the channels into {@code count} groups. */
  public Convolution groups(int count) {
    return new Convolution(filters, window, dilationHeight, dilationWidth, count, bias);
  }

  /** Leaves the bias out, as before a batch normalisation. */
  public Convolution noBias() {
    return new Convolution(filters, window, dilationHeight, dilationWidth, groups, false);
  }

  private Convolution with(Window other) {
    return new Convolution(filters, other, dilationHeight, dilationWidth, groups, bias);
  }

  /** As the native core reads it. */
  String attributes() {
    return "filters=" + filters + " " + window.attributes() + " dilation=" + dilationHeight + "," + dilationWidth + " groups="
        + groups + " bias=" + bias;
  }
}
