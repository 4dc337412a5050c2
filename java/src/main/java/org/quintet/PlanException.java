package org.quintet;

import org.jspecify.annotations.Nullable;

/**
 * A saved plan is whole, but not for here: it belongs to another CPU, other versions or another network. Compile the network anew, and save
 * it again.
 */
public final class PlanException extends QuintetException {
  private static final long serialVersionUID = 1L;

  /** Reports {@code message}, a sentence for a person. */
  public PlanException(String message) {
    this(message, null);
  }

  /** Reports {@code message}, a sentence for a person, and what led to it. */
  public PlanException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
