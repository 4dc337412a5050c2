package org.quintet.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Columns of text, numbers to the right. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();
  private final String alignment;

  /**
   * @param alignment a letter a column: {@code l} or {@code r}
   * @param heads their names
   */
  Table(String alignment, String... heads) {
    this.alignment = alignment;
    rows.add(List.of(heads));
  }

  /** Adds a row; whole numbers are grouped by thousands. */
  void row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(cell instanceof Long || cell instanceof Integer ? grouped(((Number) cell).longValue()) : cell.toString());
    }
    rows.add(row);
  }

  void print(PrintStream out) {
    int[] widths = new int[alignment.length()];
    for (List<String> row : rows) {
      for (int c = 0; c < row.size(); c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < row.size(); c++) {
        String blanks = " ".repeat(widths[c] - row.get(c).length());
        line.append(c == 0 ? "" : "  ").append(alignment.charAt(c) == 'r' ? blanks + row.get(c) : row.get(c) + blanks);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  /** A line that says {@code name: value}; a map's entries and a list's elements have a line each. */
  static String fact(String name, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream().map(e -> fact(name + " " + e.getKey(), e.getValue())).collect(Collectors.joining());
    }
    if (value instanceof List<?> list) {
      return list.stream().map(element -> fact(name, element)).collect(Collectors.joining());
    }
    String text = value instanceof long[] shape ? shape(shape)
        : value instanceof Double number ? String.format(Locale.ROOT, "%.3f", number)
        : value instanceof Number number ? grouped(number.longValue())
        : String.valueOf(value);
    return name + ": " + text + System.lineSeparator();
  }

  static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** {@code 64 x 56 x 56}. */
  static String shape(long[] dimensions) {
    return LongStream.of(dimensions).mapToObj(Long::toString).collect(Collectors.joining(" x "));
  }
}
