package org.quintet.data;

import java.util.ArrayList;
import java.util.List;
import org.quintet.ArgumentException;

/**
 * How training pictures are distorted, by chance, anew in every epoch. Works on levels, before normalisation; what comes in from
 * outside a picture is black (0). Every sample's distortion follows from seed, epoch and the sample's number alone. Immutable.
 *
 * <p>In this order: flip; shift, rotation, scaling and elastic distortion in one resampling (bilinear); crop; colour.
 *
 * @param flip whether half of the pictures are mirrored, left to right
 * @param shift farthest shift in pixels, in both directions
 * @param rotate largest rotation in degrees, either way
 * @param scale largest change of size: from 1 - scale to 1 + scale
 * @param elasticAlpha strength of Simard's elastic distortion; 0: none
 * @param elasticSigma its smoothness, in pixels
 * @param crop margin in pixels that is added all around before a picture of the old size is cut out
 * @param colour largest change of brightness, contrast and saturation, each from 1 - colour to 1 + colour
 */
public record Augmentation(
    boolean flip, double shift, double rotate, double scale, double elasticAlpha, double elasticSigma, int crop, double colour) {

  /** No distortion. */
  public static final Augmentation NONE = new Augmentation(false, 0, 0, 0, 0, 0, 0, 0);

  /** Strength and smoothness that Simard et al. (2003) found best for MNIST. */
  private static final double SIMARD_ALPHA = 34;

  private static final double SIMARD_SIGMA = 4;

  /** Checks that all is finite, not negative, and that pictures are not scaled to nothing. */
  public Augmentation {
    for (double amount : new double[] {shift, rotate, scale, elasticAlpha, elasticSigma, crop, colour}) {
      if (!(amount >= 0 && amount < 1e6)) {
        throw new ArgumentException("an augmentation of " + amount + " is impossible");
      }
    }
    if (scale >= 1 || colour > 1) {
      throw new ArgumentException("scale must be less than 1 and colour at most 1, found " + scale + " and " + colour);
    }
    if (elasticAlpha > 0 && !(elasticSigma >= 0.5 && elasticSigma <= 64)) {
      throw new ArgumentException("elastic distortion's smoothness must be from 0.5 to 64 pixels, found " + elasticSigma);
    }
  }

  /** For handwritten digits of about 20 pixels: shift, rotation, scaling, elastic distortion. */
  public static Augmentation digits() {
    return NONE.withShift(2).withRotate(10).withScale(.1).withElastic(SIMARD_ALPHA, SIMARD_SIGMA);
  }

  /** For small photographs such as CIFAR-10's: crops with a margin of 4 pixels, mirror images. */
  public static Augmentation photographs() {
    return NONE.withCrop(4).withFlip();
  }

  /** The same with mirror images. */
  public Augmentation withFlip() {
    return new Augmentation(true, shift, rotate, scale, elasticAlpha, elasticSigma, crop, colour);
  }

  /** The same with shifts of up to {@code pixels}. */
  public Augmentation withShift(double pixels) {
    return new Augmentation(flip, pixels, rotate, scale, elasticAlpha, elasticSigma, crop, colour);
  }

  /** The same with rotations of up to {@code degrees}. */
  public Augmentation withRotate(double degrees) {
    return new Augmentation(flip, shift, degrees, scale, elasticAlpha, elasticSigma, crop, colour);
  }

  /** The same with sizes from 1 - {@code change} to 1 + {@code change}. */
  public Augmentation withScale(double change) {
    return new Augmentation(flip, shift, rotate, change, elasticAlpha, elasticSigma, crop, colour);
  }

  /**
   * The same with elastic distortion (Simard, Steinkraus, Platt: Best Practices for Convolutional Neural Networks, 2003): every pixel
   * moves by a field of uniform noise that a Gaussian has smoothed.
   */
  public Augmentation withElastic(double alpha, double sigma) {
    return new Augmentation(flip, shift, rotate, scale, alpha, sigma, crop, colour);
  }

  /** The same with crops from a margin of {@code pixels}. */
  public Augmentation withCrop(int pixels) {
    return new Augmentation(flip, shift, rotate, scale, elasticAlpha, elasticSigma, pixels, colour);
  }

  /** The same with other brightness, contrast and saturation, for levels from 0 to 255. */
  public Augmentation withColour(double change) {
    return new Augmentation(flip, shift, rotate, scale, elasticAlpha, elasticSigma, crop, change);
  }

  /** Whether nothing is distorted. */
  public boolean isNone() {
    return equals(NONE);
  }

  boolean warps() {
    return shift > 0 || rotate > 0 || scale > 0 || elasticAlpha > 0;
  }

  /**
   * Reads a list as {@code shift=2,rotate=10,scale=0.1,elastic=34:4}. Items: {@code flip}, {@code shift=PIXELS},
   * {@code rotate=DEGREES}, {@code scale=CHANGE}, {@code elastic[=ALPHA:SIGMA]}, {@code crop=PIXELS}, {@code colour=CHANGE},
   * {@code none}, and {@code digits} and {@code photographs} for the sets of those names, which later items change.
   *
   * @throws ArgumentException naming the item, if it is none of these
   */
  public static Augmentation parse(String list) {
    Augmentation result = NONE;
    for (String item : list.split(",")) {
      result = result.with(item.strip());
    }
    return result;
  }

  private Augmentation with(String item) {
    int equals = item.indexOf('=');
    String name = equals < 0 ? item : item.substring(0, equals);
    String value = equals < 0 ? "" : item.substring(equals + 1);
    if (value.isEmpty()) {
      return switch (name) {
        case "none" -> NONE;
        case "digits" -> digits();
        case "photographs" -> photographs();
        case "flip" -> withFlip();
        case "elastic" -> withElastic(SIMARD_ALPHA, SIMARD_SIGMA);
        default -> throw unknown(item);
      };
    }
    return switch (name) {
      case "shift" -> withShift(number(item, value));
      case "rotate" -> withRotate(number(item, value));
      case "scale" -> withScale(number(item, value));
      case "crop" -> withCrop((int) number(item, value));
      case "colour", "color" -> withColour(number(item, value));
      case "elastic" -> {
        String[] parts = value.split(":", 2);
        yield withElastic(number(item, parts[0]), parts.length < 2 ? SIMARD_SIGMA : number(item, parts[1]));
      }
      default -> throw unknown(item);
    };
  }

  private static double number(String item, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new ArgumentException("augmentation \"" + item + "\": " + value + " is no number");
    }
  }

  private static ArgumentException unknown(String item) {
    return new ArgumentException("augmentation \"" + item + "\" is unknown; there are flip, shift=PIXELS, rotate=DEGREES, scale=CHANGE, "
        + "elastic=ALPHA:SIGMA, crop=PIXELS, colour=CHANGE, digits, photographs, none");
  }

  /** In the form that {@link #parse} reads. */
  @Override
  public String toString() {
    List<String> items = new ArrayList<>();
    if (flip) {
      items.add("flip");
    }
    add(items, "shift", shift);
    add(items, "rotate", rotate);
    add(items, "scale", scale);
    if (elasticAlpha > 0) {
      items.add("elastic=" + elasticAlpha + ":" + elasticSigma);
    }
    add(items, "crop", crop);
    add(items, "colour", colour);
    return items.isEmpty() ? "none" : String.join(",", items);
  }

  private static void add(List<String> items, String name, double amount) {
    if (amount > 0) {
      items.add(name + "=" + amount);
    }
  }
}
