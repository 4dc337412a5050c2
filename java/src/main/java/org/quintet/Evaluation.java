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
    long[] shape = model.network().inputShape();
    String logits = model.outputs().get(0);
    try (Session full = model.session(Math.min(batch, Math.max(1, data.size())))) {
      int classes = (int) full.outputShape(logits)[1];
      Batches.Plan plan = Batches.Plan.once(full.batch(), (int) shape[0], (int) shape[1], (int) shape[2], classes);
      Sum sum = new Sum(classes);
      try (Batches batches = new Batches(data, plan)) {
        for (Batches.Batch next = batches.next(); next != null; next = batches.next()) {
          if (next.size() == full.batch()) {
            sum.add(run(full, next), next);
          } else {
            try (Session rest = model.session(next.size())) {
              sum.add(run(rest, next), next);
            }
          }
        }
      }
      return sum.result();
    }
  }

  private static FloatBuffer run(Session session, Batches.Batch batch) {
    session.input().put(batch.samples().duplicate());
    session.run();
    return session.output();
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
