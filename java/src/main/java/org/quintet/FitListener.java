package org.quintet;

import java.nio.file.Path;
import java.util.List;

/** Told of progress by {@link Trainer#fit}, in its thread: what is slow here slows training. Every method does nothing unless overridden. */
public interface FitListener {

  /**
   * Before the first step.
   *
   * @param before epochs that were made before a resumption
   */
  default void onStart(Progress start, List<EpochMetrics> before) {}

  /** After a step. The object is the same each time, and changes. */
  default void onStep(Progress progress) {}

  /** After an epoch and its validation. */
  default void onEpoch(EpochMetrics metrics) {}

  /** After a checkpoint was written. */
  default void onCheckpoint(Path file) {}

  /** Where training is. Changes as it goes on; read it in the listener only. */
  interface Progress {
    /** The epoch, from 0. */
    int epoch();

    /** Epochs in all. */
    int epochs();

    /** Steps made in this epoch. */
    int step();

    /** Steps of an epoch. */
    int steps();

    /** The last step's loss. */
    double stepLoss();

    /** Mean loss of the epoch's samples so far. */
    double loss();

    /** Share of the epoch's samples so far whose class was found. */
    double accuracy();

    /** The last step's learning rate. */
    double learningRate();
  }
}
