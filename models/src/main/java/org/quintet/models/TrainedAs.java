package org.quintet.models;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.quintet.ArgumentException;
import org.quintet.FormatException;
import org.quintet.Weights;
import org.quintet.pictures.Picture;
import org.quintet.pictures.Transform;

/**
 * What a file of trained weights says about itself in the metadata beside its tensors, so that whoever uses it need not know how it was
 * trained: which network they are for, what pictures have to go through, what the classes are called.
 *
 * @param network its name in the registry
 * @param variant whose form, by its label
 * @param height of the input, in pixels
 * @param width of the input, in pixels
 * @param channels of the input
 * @param transform what pictures went through in training, distortion aside
 * @param digits whether they were digits as MNIST has them, which are to be found in a picture first
 * @param labels what the classes are called, as many as there are
 */
public record TrainedAs(
    String network, String variant, int height, int width, int channels, Transform transform, boolean digits, List<String> labels) {
  private static final String PREFIX = "quintet.";
  private static final String NETWORK = PREFIX + "network";
  private static final String VARIANT = PREFIX + "variant";
  private static final String INPUT = PREFIX + "input_shape";
  private static final String TRANSFORM = PREFIX + "transform";
  private static final String PICTURES = PREFIX + "pictures";
  private static final String LABELS = PREFIX + "labels";

  /** Copies the list. */
  public TrainedAs {
    labels = List.copyOf(labels);
  }

  /** What {@link #of} reads: for {@link Weights#save(Path, Map)}. */
  public Map<String, String> metadata() {
    Map<String, String> words = new LinkedHashMap<>();
    words.put(NETWORK, network);
    words.put(VARIANT, variant);
    words.put(INPUT, channels + "," + height + "," + width);
    words.put(TRANSFORM, transform.text());
    words.put(PICTURES, digits ? "digits" : "any");
    words.put(LABELS, String.join("\n", labels));
    return words;
  }

  /**
   * What a file says; null if it says nothing, as files of other formats and other programs.
   *
   * @throws FormatException if it cannot be read, or what it says makes no sense
   */
  public static @Nullable TrainedAs of(Path file) {
    Map<String, String> words = Weights.metadata(file);
    String transform = words.get(TRANSFORM);
    if (transform == null) {
      return null;
    }
    try {
      String[] shape = required(words, INPUT).split(",");
      return new TrainedAs(
          required(words, NETWORK),
          required(words, VARIANT),
          Integer.parseInt(shape[1]),
          Integer.parseInt(shape[2]),
          Integer.parseInt(shape[0]),
          Transform.parse(transform),
          required(words, PICTURES).equals("digits"),
          List.of(required(words, LABELS).split("\n")));
    } catch (ArgumentException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new FormatException(file + ": its metadata makes no sense: " + e.getMessage(), e);
    }
  }

  private static String required(Map<String, String> words, String name) {
    String word = words.get(name);
    if (word == null || word.isEmpty()) {
      throw new ArgumentException("there is no " + name);
    }
    return word;
  }

  /**
   * The network in the form that the weights are for.
   *
   * @throws ArgumentException if the registry has no such network or variant
   */
  public ModelBuilder builder() {
    return Models.builder(network).variant(variant).inputShape(height, width, channels).classes(labels.size());
  }

  /** What makes of any picture one as it was trained with, before the transform. */
  UnaryOperator<Picture> finder() {
    return digits ? DigitFinder::find : UnaryOperator.identity();
  }
}
