package org.quintet.data;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.quintet.ArgumentException;
import org.quintet.pictures.Normalization;

/**
 * Labelled samples, by number. A program's own data need only {@link #size()} and {@link #read}; {@link #of(int, Reader)} makes a data
 * set of a size and a lambda.
 *
 * <p>A sample is read as levels, that is before normalisation: distortions work on levels, and {@link #normalization()} is applied
 * behind them. Reading is asked for by one thread at a time, in any order, and must give the same numbers for the same sample every
 * time.
 */
public interface Dataset {
  /** What {@link #read} returns where nobody knows a sample's class: such samples calibrate and compare, they do not train. */
  int NO_LABEL = -1;

  /** Number of samples. */
  int size();

  /**
   * Reads one sample.
   *
   * @param index from 0, less than {@link #size()}
   * @param target where the sample's levels go, C,H,W; exactly as many as {@code target} has room for
   * @return the sample's class, from 0; or {@link #NO_LABEL}
   * @throws org.quintet.FormatException naming the file, if the sample comes from one and cannot be read
   */
  int read(int index, FloatBuffer target);

  /** What levels become before the network sees them, one mean and deviation a plane; unless overridden, they stay as they are. */
  default Normalization normalization() {
    return Normalization.NONE;
  }

  /** What the classes are called, by number; empty where nobody knows. */
  default List<String> labels() {
    return List.of();
  }

  /** What error messages call a sample. */
  default String describe(int index) {
    return "sample " + index;
  }

  /** Reads samples: {@link Dataset#read} alone, for lambdas. */
  @FunctionalInterface
  interface Reader {
    /** See {@link Dataset#read}. */
    int read(int index, FloatBuffer target);
  }

  /**
   * A data set of a program's own.
   *
   * @param size number of samples
   * @param reader gives them
   * @throws ArgumentException if the size is negative
   */
  static Dataset of(int size, Reader reader) {
    if (size < 0) {
      throw new ArgumentException("a data set of " + size + " samples is impossible");
    }
    return new Dataset() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public int read(int index, FloatBuffer target) {
        return reader.read(index, target);
      }
    };
  }

  /**
   * A data set in memory, its numbers used as they are.
   *
   * @param samples one array a sample, C,H,W; not copied
   * @param labels the class of each; not copied
   * @throws ArgumentException if there are not as many labels as samples
   */
  static Dataset of(float[][] samples, int[] labels) {
    if (samples.length != labels.length) {
      throw new ArgumentException(samples.length + " samples have " + labels.length + " labels");
    }
    return of(
        samples.length,
        (index, target) -> {
          target.put(samples[index]);
          return labels[index];
        });
  }

  /**
   * Some of these samples, as a view.
   *
   * @param indices their numbers here, in their new order; copied
   * @throws ArgumentException if there is no such sample
   */
  default Dataset subset(int... indices) {
    return new Subset(this, indices.clone());
  }

  /** The first samples, or all if there are not so many. */
  default Dataset first(int count) {
    return Subset.range(this, 0, Math.min(count, size()));
  }

  /** So many samples at even distances, or all if there are not so many: of every class, also where classes lie one behind the other. */
  default Dataset spread(int count) {
    int wanted = Math.min(count, size());
    return new Subset(this, IntStream.range(0, wanted).map(i -> (int) ((long) i * size() / wanted)).toArray());
  }

  /** The same samples without their classes, as where they are those of another network. */
  default Dataset unlabelled() {
    return new Unlabelled(this);
  }

  /**
   * Cuts the set in two by chance, the same way for the same seed.
   *
   * @param fraction of the samples that the second part gets, more than 0 and less than 1; at least one sample if there are two
   */
  default Split split(double fraction, long seed) {
    return Subset.split(this, fraction, seed);
  }

  /**
   * Two parts of a data set.
   *
   * @param train the larger part as a rule
   * @param validation the rest
   */
  record Split(Dataset train, Dataset validation) {}
}
