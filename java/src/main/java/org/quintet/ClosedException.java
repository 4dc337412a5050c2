package org.quintet;

import org.jspecify.annotations.Nullable;

/** Something was used after its {@code close()}. */
public final class ClosedException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public ClosedException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public ClosedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
