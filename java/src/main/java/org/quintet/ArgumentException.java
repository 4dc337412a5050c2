package org.quintet;

import org.jspecify.annotations.Nullable;

/** An argument is wrong in itself: the message names it, what was found and what was expected. */
public final class ArgumentException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public ArgumentException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public ArgumentException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
