package org.quintet;

import org.jspecify.annotations.Nullable;

/** Quintet broke its own rules. Not the caller's fault: please report it with its message. */
public final class InternalException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public InternalException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public InternalException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
