package org.quintet.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.Model;

/** Where a run's time goes, step by step. */
final class Profile {
  private static final double SECONDS = 1;
  private static final int LEAST_RUNS = 5;
  private static final int MOST_RUNS = 1000;

  private Profile() {}

  /** The plan's steps with {@code milliseconds}, {@code gflops} and {@code share} of the time of all; {@code whole} says how many runs fit. */
  static List<Map<String, @Nullable Object>> of(Model model, Measurement whole) {
    int runs = (int) Math.min(MOST_RUNS, Math.max(LEAST_RUNS, SECONDS * 1e3 / whole.milliseconds(50)));
    List<Map<String, @Nullable Object>> steps = Json.readObjects(model.profile(runs));
    double total = steps.stream().mapToDouble(s -> number(s, "milliseconds")).sum();
    for (Map<String, @Nullable Object> step : steps) {
      double milliseconds = number(step, "milliseconds");
      step.put("gflops", milliseconds > 0 ? 2e-6 * number(step, "macs") / milliseconds : 0);
      step.put("share", total > 0 ? milliseconds / total : 0);
    }
    return steps;
  }

  static void print(List<Map<String, @Nullable Object>> steps, PrintStream out) {
    Table table = new Table("llllrrrr", "STEP", "KERNEL", "LAYOUT", "SHAPE", "MS", "SHARE", "GFLOP/S", "BYTES");
    for (Map<String, @Nullable Object> step : steps) {
      table.row(
          text(step, "step"), text(step, "kernel"), text(step, "layout"), text(step, "shape"), format("%.4f", step, "milliseconds"),
          String.format(Locale.ROOT, "%.1f %%", 100 * number(step, "share")), format("%.1f", step, "gflops"), (long) number(step, "bytes"));
    }
    table.print(out);
  }

  private static double number(Map<String, @Nullable Object> step, String key) {
    return step.get(key) instanceof Number n ? n.doubleValue() : 0;
  }

  private static String text(Map<String, @Nullable Object> step, String key) {
    return String.valueOf(step.get(key));
  }

  private static String format(String form, Map<String, @Nullable Object> step, String key) {
    return String.format(Locale.ROOT, form, number(step, key));
  }
}
