package org.quintet.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quintet.Model;

/** Where a run's time goes, step by step. */
final class Profile {
  private static final double SECONDS = 1;
  private static final int LEAST_RUNS = 5;
  private static final int MOST_RUNS = 1000;

  private Profile() {}

  /** The plan's steps as {@link Model#profile} has them, with their {@code share} of the time of all; {@code whole} says how many runs fit. */
  static List<Map<String, @Nullable Object>> of(Model model, Measurement whole) {
    int runs = (int) Math.min(MOST_RUNS, Math.max(LEAST_RUNS, SECONDS * 1e3 / whole.milliseconds(50)));
    List<Map<String, @Nullable Object>> steps = Json.readObjects(model.profile(runs));
    double total = steps.stream().mapToDouble(s -> number(s, "milliseconds")).sum();
    for (Map<String, @Nullable Object> step : steps) {
      step.put("share", total > 0 ? number(step, "milliseconds") / total : 0);
    }
    return steps;
  }

  static void print(List<Map<String, @Nullable Object>> steps, PrintStream out) {
    Table table = new Table("llllrrrrlr", "STEP", "KERNEL", "LAYOUT", "SHAPE", "MS", "SHARE", "GFLOP/S", "BYTES", "BOUND BY", "OF LIMIT");
    for (Map<String, @Nullable Object> step : steps) {
      table.row(
          text(step, "step"), text(step, "kernel"), text(step, "layout"), shape(step), format("%.4f", number(step, "milliseconds")),
          format("%.1f %%", 100 * number(step, "share")), format("%.1f", number(step, "gflops")), (long) number(step, "bytes"),
          text(step, "bound"), format("%.0f %%", 100 * number(step, "roofline")));
    }
    table.print(out);
    double milliseconds = steps.stream().mapToDouble(s -> number(s, "milliseconds")).sum();
    double least = steps.stream().mapToDouble(s -> number(s, "least_ms")).sum();
    out.printf(Locale.ROOT, "all steps: %.4f ms, %.0f %% of the limit%n", milliseconds, milliseconds > 0 ? 100 * least / milliseconds : 0);
  }

  private static String shape(Map<String, @Nullable Object> step) {
    return step.get("shape") instanceof List<?> dims ? dims.stream().map(String::valueOf).collect(Collectors.joining("x")) : "";
  }

  private static double number(Map<String, @Nullable Object> step, String key) {
    return step.get(key) instanceof Number n ? n.doubleValue() : 0;
  }

  private static String text(Map<String, @Nullable Object> step, String key) {
    return String.valueOf(step.get(key));
  }

  private static String format(String form, double value) {
    return String.format(Locale.ROOT, form, value);
  }
}
