package org.quintet;

import java.util.List;

/**
 * What came of training.
 *
 * @param epochs those that were finished, also before a resumption
 * @param end why it ended
 */
public record History(List<EpochMetrics> epochs, End end) {
  /** Why training ended. */
  public enum End {
    /** All epochs were made. */
    FINISHED,
    /** The loss fell no more: {@link FitOptions#earlyStop}. */
    EARLY,
    /** {@link Trainer#stop} was called. */
    STOPPED
  }

  /** Copies the list. */
  public History {
    epochs = List.copyOf(epochs);
  }
}
