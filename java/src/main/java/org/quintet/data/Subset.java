package org.quintet.data;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.quintet.ArgumentException;
import org.quintet.pictures.Normalization;

/** Some samples of a data set in an order of their own. */
final class Subset implements Dataset {
  private final Dataset whole;
  private final int[] indices;

  /** Takes over {@code indices}. */
  Subset(Dataset whole, int[] indices) {
    for (int index : indices) {
      if (index < 0 || index >= whole.size()) {
        throw new ArgumentException("there is no sample " + index + " among " + whole.size());
      }
    }
    this.whole = whole;
    this.indices = indices;
  }

  static Subset range(Dataset whole, int from, int to) {
    return new Subset(whole, IntStream.range(from, to).toArray());
  }

  static Dataset.Split split(Dataset whole, double fraction, long seed) {
    int size = whole.size();
    if (!(fraction > 0 && fraction < 1) || size < 2) {
      throw new ArgumentException("%d samples cannot be split at %s; a fraction is more than 0 and less than 1".formatted(size, fraction));
    }
    int second = (int) Math.max(1, Math.min(size - 1, Math.round(fraction * size)));
    int[] order = Shuffle.order(size, seed, 0);
    return new Dataset.Split(
        new Subset(whole, sorted(order, second, size)), new Subset(whole, sorted(order, 0, second)));
  }

  private static int[] sorted(int[] order, int from, int to) {
    int[] part = Arrays.copyOfRange(order, from, to);
    Arrays.sort(part);   // neighbours in a file stay neighbours
    return part;
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public int read(int index, FloatBuffer target) {
    return whole.read(indices[index], target);
  }

  @Override
  public Normalization normalization() {
    return whole.normalization();
  }

  @Override
  public List<String> labels() {
    return whole.labels();
  }

  @Override
  public String describe(int index) {
    return whole.describe(indices[index]);
  }
}
