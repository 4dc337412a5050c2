package org.quintet;

import java.nio.FloatBuffer;
import org.quintet.data.Batches;
import org.quintet.data.Dataset;

/**
 * How good a network is on a data set.
 *
 * @param accuracy share of samples whose class the main head found
 * @param loss mean cross-entropy a sample
 * @param samples number of samples
 */
public record Evaluation(double accuracy, double loss, int samples) {

  /**
   * Runs a compiled model over all samples. The loss is the main head's.
   *
   * @param batch samples a run
   * @throws FormatException if a sample cannot be read
   * @throws ShapeException if a sample has not the network's shape
   * @throws ArgumentException if the data set is empty, or a label is out of range
   */
  public static Evaluation of(Model model, Dataset data, int batch) {
    Sum sum = new Sum(classes(model));
    Sweep.over(data, batch, sum.classes, (sessions, next) -> sum.add(sessions.get(0).output(), next), model);
    return sum.result();
  }

  private static int classes(Model model) {
    try (Session session = model.session()) {
      return (int) session.outputShape(model.outputs().get(0))[1];
    }
  }

  /** Adds up samples. */
  private static final class Sum {
    private final int classes;
    private final float[] row;
    private double loss;
    private long correct;
    private int samples;

    Sum(int classes) {
      this.classes = classes;
      this.row = new float[classes];
    }

    void add(FloatBuffer logits, Batches.Batch batch) {
      for (int i = 0; i < batch.size(); i++) {
        logits.get(row);
        add(batch.labels()[i]);
      }
    }

    private void add(int label) {
      int best = 0;
      for (int c = 1; c < classes; c++) {
        best = row[c] > row[best] ? c : best;
      }
      double sum = 0;
      for (float logit : row) {
        sum += Math.exp(logit - (double) row[best]);
      }
      loss += Math.log(sum) + row[best] - row[label];
      correct += best == label ? 1 : 0;
      samples++;
    }

    Evaluation result() {
      return new Evaluation((double) correct / samples, loss / samples, samples);
    }
  }
}
