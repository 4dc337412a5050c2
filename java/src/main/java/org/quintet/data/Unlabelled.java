package org.quintet.data;

import java.nio.FloatBuffer;
import org.quintet.pictures.Normalization;

/** The samples of a data set without their classes. */
record Unlabelled(Dataset whole) implements Dataset {
  @Override
  public int size() {
    return whole.size();
  }

  @Override
  public int read(int index, FloatBuffer target) {
    whole.read(index, target);
    return NO_LABEL;
  }

  @Override
  public Normalization normalization() {
    return whole.normalization();
  }

  @Override
  public String describe(int index) {
    return whole.describe(index);
  }
}
