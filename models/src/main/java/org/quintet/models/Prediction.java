package org.quintet.models;

import java.util.Locale;

/**
 * One class that a picture may show.
 *
 * @param index the class, counted from 0
 * @param label what it is called
 * @param probability from 0 to 1
 */
public record Prediction(int index, String label, float probability) {
  /** For a person: {@code 7  99.8 %}. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s  %.1f %%", label, 100 * probability);
  }
}
