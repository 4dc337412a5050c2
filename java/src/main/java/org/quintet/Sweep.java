package org.quintet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quintet.data.Batches;
import org.quintet.data.Dataset;

/** Runs models over all samples of a data set, in order. */
public final class Sweep {
  private Sweep() {}

  /** Sees what was computed. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Called behind the runs on a batch.
     *
     * @param sessions one a model, in the models' order, each as it ran on the batch
     * @param batch the samples; belongs to the sweep again when this returns
     */
    void visit(List<Session> sessions, Batches.Batch batch);
  }

  /**
   * Runs all {@code models} on the same batches, the last of which has what is left.
   *
   * @param batch samples a run
   * @param classes labels are less than this; 0: nobody looks at labels
   * @param visitor sees each batch's results
   * @param models of networks that take the same samples
   * @throws FormatException if a sample cannot be read
   * @throws ShapeException if a sample has not the network's shape
   * @throws ArgumentException if the data set is empty, or a label is out of range
   */
  public static void over(Dataset data, int batch, int classes, Visitor visitor, Model... models) {
    long[] shape = models[0].network().inputShape();
    int full = Math.min(batch, Math.max(1, data.size()));
    Batches.Plan plan = Batches.Plan.once(full, (int) shape[0], (int) shape[1], (int) shape[2], classes);
    List<Session> sessions = sessions(full, models);
    try (Batches batches = new Batches(data, plan)) {
      for (Batches.Batch next = batches.next(); next != null; next = batches.next()) {
        if (next.size() != sessions.get(0).batch()) {
          sessions.forEach(Session::close);
          sessions = sessions(next.size(), models);
        }
        for (Session session : sessions) {
          session.input().put(next.samples().duplicate());
          session.run();
        }
        visitor.visit(sessions, next);
      }
    } finally {
      sessions.forEach(Session::close);
    }
  }

  private static List<Session> sessions(int batch, Model... models) {
    List<Session> sessions = new ArrayList<>();
    Arrays.stream(models).forEach(model -> sessions.add(model.session(batch)));
    return sessions;
  }
}
