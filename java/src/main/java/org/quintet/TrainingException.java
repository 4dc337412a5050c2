package org.quintet;

import org.jspecify.annotations.Nullable;

/** Training cannot go on: the loss or a gradient is no finite number. The message names the epoch and the step. */
public final class TrainingException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public TrainingException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public TrainingException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
