package org.quintet;

import org.jspecify.annotations.Nullable;

/** Weights and network do not belong together: tensors missing, left over or of another shape, all in one message. */
public final class WeightsException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public WeightsException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public WeightsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
