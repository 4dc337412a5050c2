package org.quintet;

/**
 * A fully connected layer; a picture is flattened in the order channels, height, width. Weights are [units, features].
 *
 * @param units features of the output
 * @param bias whether a number per unit is added
 */
public record Dense(int units, boolean bias) {

  /** With bias. */
  public static Dense of(int units) {
    return new Dense(units, true);
  }

  /** Leaves the bias out. */
  public Dense noBias() {
    return new Dense(units, false);
  }

  /** As the native core reads it. */
  String attributes() {
    return "units=" + units + " bias=" + bias;
  }
}
