package org.quintet;

import org.jspecify.annotations.Nullable;

/**
 * What came of an epoch. Training's own figures are taken while parameters change and with dropout, so the validation's may be better.
 *
 * @param epoch from 0
 * @param steps made since the start of training
 * @param loss mean over the epoch's samples, before each step's update
 * @param accuracy share of samples whose class the main head found
 * @param validation what {@link FitOptions#validation} gave; null without
 * @param learningRate of the last step
 * @param seconds taken, without validation
 */
public record EpochMetrics(
    int epoch, long steps, double loss, double accuracy, @Nullable Evaluation validation, double learningRate, double seconds) {

  /** The loss that counts for early stopping: the validation's if there is one. */
  double decisiveLoss() {
    return validation == null ? loss : validation.loss();
  }
}
