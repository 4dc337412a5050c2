package org.quintet;

import org.jspecify.annotations.Nullable;

/** A file, network or machine asks for something that exists but that Quintet does not do. */
public final class UnsupportedException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public UnsupportedException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public UnsupportedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
