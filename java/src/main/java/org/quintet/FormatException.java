package org.quintet;

import org.jspecify.annotations.Nullable;

/** A file is not what it claims to be, is cut short, or cannot be read: the message names the file and the place. */
public final class FormatException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public FormatException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public FormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
