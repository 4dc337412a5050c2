package org.quintet.internal;

import java.util.function.Supplier;

/** Calls into native code that belong to no handle. */
public final class Native {
  private Native() {}

  /** Runs {@code call} with the native libraries loaded and its errors translated. */
  public static <R> R call(Supplier<R> call) {
    NativeLibraries.load();
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw Errors.translate(e);
    }
  }
}
