package org.quintet;

import org.jspecify.annotations.Nullable;

/** A tensor's shape does not fit where it is used: the message names the node and the axis. */
public final class ShapeException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public ShapeException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public ShapeException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
