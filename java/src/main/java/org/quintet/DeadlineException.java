package org.quintet;

import org.jspecify.annotations.Nullable;

/** A run's deadline passed before a lane was free; nothing was computed. */
public final class DeadlineException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public DeadlineException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public DeadlineException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
