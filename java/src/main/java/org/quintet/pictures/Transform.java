package org.quintet.pictures;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.quintet.ArgumentException;

/**
 * How a network wants to see a picture: at which size, which part of it, in which channel order and with which numbers for its
 * levels. Immutable, so any number of threads may share one.
 *
 * <p>A picture is resized as Pillow does it ({@link Picture#resize}), but only the part that is used; its levels are looked up in a
 * table that holds {@code (level / divisor - mean) / std}, computed in 32-bit floats as NumPy would, and written as planes.
 *
 * <pre>{@code
 * Transform transform = Transform.shorterSide(256, 224, 224).order(ChannelOrder.BGR);
 * transform.apply(picture, session.input());
 * }</pre>
 */
public final class Transform {
  private static final Map<String, Supplier<Transform>> NAMED =
      Map.of(
          "caffe_bgr", Transform::caffeBgr,
          "caffe_bgr_227", Transform::caffeBgr227,
          "imagenet_rgb", Transform::imagenetRgb,
          "mnist", Transform::mnist,
          "unit_rgb", Transform::unitRgb);

  private static final int LEVELS = 256;

  private final Framing framing;
  private final ChannelOrder order;
  private final boolean inverted;
  private final double divisor;
  private final double[] mean;
  private final double[] std;
  /** What each level of each plane becomes: plane x 256. */
  private final float[][] values;

  private Transform(Framing framing, ChannelOrder order, boolean inverted, double divisor, double[] mean, double[] std) {
    this.framing = framing;
    this.order = order;
    this.inverted = inverted;
    this.divisor = divisor;
    this.mean = mean;
    this.std = std;
    values = new float[order.channels()][LEVELS];
    for (int plane = 0; plane < values.length; plane++) {
      for (int level = 0; level < LEVELS; level++) {
        float value = (inverted ? LEVELS - 1 - level : level) / (float) divisor;
        values[plane][level] = (value - (float) mean[plane]) / (float) std[plane];
      }
    }
  }

  /**
   * Resizes the shorter side to {@code side} pixels and the longer one to {@code floor(side * longer / shorter)}, and takes the
   * centre; RGB with levels as they are, 0 to 255, until told otherwise. The first row of the centre is half of what is left over,
   * rounded to even, and likewise the first column.
   *
   * @throws ArgumentException if a size is not positive or the crop is larger than {@code side}
   */
  public static Transform shorterSide(int side, int cropHeight, int cropWidth) {
    return plain(Framing.centre(side, cropHeight, cropWidth));
  }

  /**
   * Resizes to exactly this size, whatever the picture's own proportions; RGB with levels as they are until told otherwise.
   *
   * @throws ArgumentException if a size is not positive
   */
  public static Transform stretch(int height, int width) {
    return plain(Framing.stretch(height, width));
  }

  /** For networks trained with Caffe on ImageNet: shorter side 256, centre 224 x 224, B, G, R minus 104, 117, 123. */
  public static Transform caffeBgr() {
    return caffe(224);
  }

  /** As {@link #caffeBgr()} with a centre of 227 x 227, for AlexNet. */
  public static Transform caffeBgr227() {
    return caffe(227);
  }

  /** torchvision's for ImageNet: shorter side 256, centre 224 x 224, RGB, levels from 0 to 1, less their mean, by their deviation. */
  public static Transform imagenetRgb() {
    return shorterSide(256, 224, 224).levels(255, new double[] {.485, .456, .406}, new double[] {.229, .224, .225});
  }

  /** Shorter side 256, centre 224 x 224, RGB, levels from 0 to 1. */
  public static Transform unitRgb() {
    return shorterSide(256, 224, 224).levels(255, new double[3], new double[] {1, 1, 1});
  }

  /**
   * For MNIST's digits: the whole picture at 28 x 28, gray, levels from 0 to 1, less 0.1307, by 0.3081. MNIST is white on black; for
   * ink on paper add {@link #inverted()}, for a network of 32 x 32 {@link #padded padded(2)}.
   */
  public static Transform mnist() {
    return stretch(28, 28).order(ChannelOrder.GRAY).levels(255, new double[] {.1307}, new double[] {.3081});
  }

  /** The names that {@link #named} knows. */
  public static Set<String> names() {
    return NAMED.keySet();
  }

  /**
   * The transform of that name: {@code caffe_bgr}, {@code caffe_bgr_227}, {@code imagenet_rgb}, {@code unit_rgb} or {@code mnist}.
   *
   * @throws ArgumentException if there is none
   */
  public static Transform named(String name) {
    Supplier<Transform> transform = NAMED.get(name);
    if (transform == null) {
      throw new ArgumentException("found no transform \"" + name + "\", expected one of " + NAMED.keySet().stream().sorted().toList());
    }
    return transform.get();
  }

  /**
   * The transform that {@link #text()} wrote.
   *
   * @throws ArgumentException if the text is none of its lines
   */
  public static Transform parse(String text) {
    TransformText read = TransformText.read(text);
    return new Transform(read.framing(), read.order(), read.inverted(), 1, new double[read.order().channels()], ones(read.order()))
        .levels(read.divisor(), read.mean(), read.std());
  }

  /** All of it in one line that {@link #parse} reads: what a file of trained weights says about its pictures. */
  public String text() {
    return new TransformText(framing, order, inverted, divisor, mean, std).line();
  }

  private static double[] ones(ChannelOrder order) {
    double[] ones = new double[order.channels()];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** The same with another channel order. From or to gray, mean and deviation go back to 0 and 1. */
  public Transform order(ChannelOrder newOrder) {
    if (newOrder.channels() == order.channels()) {
      return new Transform(framing, newOrder, inverted, divisor, mean, std);
    }
    return new Transform(framing, newOrder, inverted, divisor, new double[newOrder.channels()], ones(newOrder));
  }

  /**
   * The same with levels 0 to 255 becoming {@code (level / divisor - mean) / std}.
   *
   * @param mean one for each plane, in the order of the planes
   * @param std one for each plane
   * @throws ArgumentException if there is not one of each for every plane, or a divisor is zero or no number
   */
  public Transform levels(double divisor, double[] mean, double[] std) {
    if (mean.length != order.channels() || std.length != order.channels()) {
      throw new ArgumentException(
          "found " + mean.length + " means and " + std.length + " deviations, expected " + order.channels() + " of each for " + order);
    }
    requireDivisor(divisor);
    Arrays.stream(std).forEach(Transform::requireDivisor);
    return new Transform(framing, order, inverted, divisor, mean.clone(), std.clone());
  }

  /** The same with light and dark exchanged: a level v counts as 255 - v. */
  public Transform inverted() {
    return new Transform(framing, order, !inverted, divisor, mean, std);
  }

  /** The same with a margin of so many pixels on all four sides, black (also when inverted). */
  public Transform padded(int margin) {
    return new Transform(framing.padded(margin), order, inverted, divisor, mean, std);
  }

  /**
   * The same for another network input. With a centre crop the shorter side changes in proportion to the crop's longer side, rounded,
   * so that the same part of a square picture is seen; a margin is kept within the new size.
   *
   * @throws ArgumentException if a size is not positive
   */
  public Transform size(int height, int width) {
    return new Transform(framing.size(height, width), order, inverted, divisor, mean, std);
  }

  /** The same with levels as they are, 0 to 255: what {@link #normalization()} is applied to. */
  public Transform withoutNormalization() {
    return levels(1, new double[channels()], ones(order));
  }

  /** What levels become, for programs that change them in between. */
  public Normalization normalization() {
    return Normalization.of(divisor, mean, std);
  }

  /** Planes of the result: 3 or 1. */
  public int channels() {
    return order.channels();
  }

  /** Rows of the result. */
  public int height() {
    return framing.height();
  }

  /** Columns of the result. */
  public int width() {
    return framing.width();
  }

  /** How many floats {@link #apply(Picture, FloatBuffer)} writes: channels x height x width. */
  public int floats() {
    return Math.multiplyExact(Math.multiplyExact(channels(), height()), width());
  }

  /**
   * Writes one picture as C,H,W planes at the buffer's position, which moves on behind it: so a batch is filled picture by picture.
   *
   * @param destination direct or not; a session's own input
   * @throws ArgumentException if the buffer has no room for {@link #floats()} more or is read-only, or if the picture is so long and
   *     thin that its resized length cannot be counted
   */
  public void apply(Picture picture, FloatBuffer destination) {
    if (destination.isReadOnly()) {
      throw new ArgumentException("found a read-only buffer, expected one that can be written");
    }
    if (destination.remaining() < floats()) {
      throw new ArgumentException(
          "found room for " + destination.remaining() + " floats in the buffer, expected at least " + floats() + " (" + channels()
              + " x " + height() + " x " + width() + ")");
    }
    byte[] pixels = framing.frame(order.pixels(picture), picture.width(), picture.height(), channels());
    int at = destination.position();
    for (int plane = 0; plane < channels(); plane++) {
      writePlane(pixels, plane, destination, at + plane * height() * width());
    }
    destination.position(at + floats());
  }

  /** One picture as a new array of C,H,W planes. */
  public float[] apply(Picture picture) {
    float[] planes = new float[floats()];
    apply(picture, FloatBuffer.wrap(planes));
    return planes;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%s, %s%s, (level / %s - %s) / %s", framing, order, inverted ? " inverted" : "", divisor, Arrays.toString(mean),
        Arrays.toString(std));
  }

  private static Transform plain(Framing framing) {
    return new Transform(framing, ChannelOrder.RGB, false, 1, new double[3], new double[] {1, 1, 1});
  }

  private static Transform caffe(int crop) {
    return shorterSide(256, crop, crop).order(ChannelOrder.BGR).levels(1, new double[] {104, 117, 123}, new double[] {1, 1, 1});
  }

  private void writePlane(byte[] pixels, int plane, FloatBuffer destination, int at) {
    float[] value = values[plane];
    int margin = framing.margin();
    int innerWidth = width() - 2 * margin;
    int p = order.source(plane);
    for (int y = 0; y < height(); y++) {
      boolean bare = y < margin || y >= height() - margin;
      int row = at + y * width();
      for (int x = 0; x < width(); x++) {
        if (bare || x < margin || x >= margin + innerWidth) {
          destination.put(row + x, value[inverted ? LEVELS - 1 : 0]);
        } else {
          destination.put(row + x, value[pixels[p] & 0xff]);
          p += channels();
        }
      }
    }
  }

  private static void requireDivisor(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      throw new ArgumentException("found a divisor or deviation of " + value + ", expected a number other than zero");
    }
  }
}
