package org.quintet.models;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.quintet.ArgumentException;

/** Whose form of a network: who wrote it down decides its layers, the names of its parameters and its preprocessing. */
public enum Variant {
  /** The article's Keras code exactly as printed; every network has it, and it is the default. */
  ARTICLE,
  /** LeNet-5 of the article's text: trainable sub-sampling, sigmoid and tanh. */
  CLASSIC,
  /** torchvision's module, under its state dict's names. */
  TORCHVISION,
  /** The authors' network; Caffe's names where a Caffe model exists (AlexNet, GoogLeNet), torchvision's elsewhere. */
  PAPER,
  /** keras.applications, under its layers' names. */
  KERAS;

  /** The name used on the command line: lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The variant of that name, in any case.
   *
   * @throws ArgumentException if there is none; the message lists all
   */
  public static Variant of(String label) {
    return Arrays.stream(values())
        .filter(v -> v.label().equalsIgnoreCase(label))
        .findFirst()
        .orElseThrow(() -> new ArgumentException("no variant " + label + "; there are "
            + Arrays.stream(values()).map(Variant::label).collect(Collectors.joining(", "))));
  }
}
