package org.quintet.cli;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.quintet.Precision;
import picocli.CommandLine.TypeConversionException;

/** Precisions as they are written on the command line: in lower case. Offered are those that exist. */
final class PrecisionName implements Iterable<String> {
  static String of(Precision precision) {
    return precision.name().toLowerCase(Locale.ROOT);
  }

  static Precision parse(String text) {
    return Arrays.stream(Precision.values())
        .filter(p -> of(p).equalsIgnoreCase(text))
        .findFirst()
        .orElseThrow(() -> new TypeConversionException("no precision " + text + "; there is " + String.join(", ", all())));
  }

  private static List<String> all() {
    return Arrays.stream(Precision.values()).map(PrecisionName::of).toList();
  }

  @Override
  public Iterator<String> iterator() {
    return all().iterator();
  }
}
