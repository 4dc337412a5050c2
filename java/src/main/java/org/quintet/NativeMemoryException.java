package org.quintet;

import org.jspecify.annotations.Nullable;

/** Native memory for weights or activations could not be had. */
public final class NativeMemoryException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public NativeMemoryException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public NativeMemoryException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
