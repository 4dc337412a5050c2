package org.quintet.internal;

import org.quintet.ArgumentException;
import org.quintet.ClosedException;
import org.quintet.DeadlineException;
import org.quintet.FormatException;
import org.quintet.InternalException;
import org.quintet.NativeMemoryException;
import org.quintet.QuintetException;
import org.quintet.ShapeException;
import org.quintet.UnsupportedException;
import org.quintet.WeightsException;

/**
 * Turns what JavaCPP throws for a C++ exception, a plain {@link RuntimeException} with {@code what()} as its message, into
 * Quintet's own types. {@code what()} of a native {@code quintet::Error} is {@code kind|message} (native/include/quintet/error.h).
 */
public final class Errors {
  private Errors() {}

  /** The exception to throw for {@code thrown}; itself if it did not come from native code. */
  public static RuntimeException translate(RuntimeException thrown) {
    if (thrown.getClass() != RuntimeException.class) {
      return thrown;
    }
    String what = String.valueOf(thrown.getMessage());
    int bar = what.indexOf('|');
    QuintetException translated =
        bar < 0 ? foreign(what) : ofKind(what.substring(0, bar), what.substring(bar + 1), what);
    translated.setStackTrace(thrown.getStackTrace());
    return translated;
  }

  private static QuintetException ofKind(String kind, String message, String what) {
    return switch (kind) {
      case "shape" -> new ShapeException(message);
      case "weights" -> new WeightsException(message);
      case "format" -> new FormatException(message);
      case "unsupported" -> new UnsupportedException(message);
      case "memory" -> new NativeMemoryException(message);
      case "closed" -> new ClosedException(message);
      case "argument" -> new ArgumentException(message);
      case "timeout" -> new DeadlineException(message);
      case "internal" -> new InternalException(message);
      default -> foreign(what);
    };
  }

  /** For an exception of the C++ library or of oneDNN that nobody on the way gave a kind. */
  private static QuintetException foreign(String what) {
    return what.contains("bad_alloc")
        ? new NativeMemoryException("native memory could not be had (" + what + ")")
        : new InternalException(what);
  }
}
