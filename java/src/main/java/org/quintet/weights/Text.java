package org.quintet.weights;

import org.jspecify.annotations.Nullable;

/** Words that come out of a file or of another library, made fit for a message: on one line, without control characters, not endless. */
public final class Text {
  private static final int NAME = 100;
  private static final int LINE = 300;

  private Text() {}

  /** {@code name} in quotes, whatever the file put into it. */
  public static String quote(String name) {
    return "'" + shown(name, NAME) + "'";
  }

  /** A message of another library, as part of one of ours. */
  static String line(@Nullable String message) {
    return message == null ? "no reason given" : shown(message, LINE);
  }

  /** Whether {@code name} can be written as UTF-8 and passed to C: no lone surrogate, no NUL. */
  static boolean isPortable(String name) {
    return name.codePoints().noneMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE);
  }

  private static String shown(String text, int most) {
    StringBuilder out = new StringBuilder();
    text.codePoints().limit(most).forEach(c -> {
      if (isInvisible(c)) {
        out.append(String.format("\\u%04x", c));
      } else {
        out.appendCodePoint(c);
      }
    });
    return text.codePointCount(0, text.length()) > most ? out + "..." : out.toString();
  }

  private static boolean isInvisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
      default -> false;
    };
  }
}
