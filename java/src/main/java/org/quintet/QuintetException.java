package org.quintet;

import org.jspecify.annotations.Nullable;

/**
 * Everything that Quintet itself reports as going wrong. Each kind is a type of its own, so that a program can tell a bad file from
 * a closed model; the message names the file, tensor, layer or argument, what was found and what was expected.
 */
public abstract sealed class QuintetException extends RuntimeException
    permits ShapeException, WeightsException, FormatException, UnsupportedException, NativeMemoryException, ClosedException,
        ArgumentException, DeadlineException, PlanException, TrainingException, InternalException {
  private static final long serialVersionUID = 1L;

  QuintetException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
