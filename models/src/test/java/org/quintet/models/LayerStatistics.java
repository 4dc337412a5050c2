package org.quintet.models;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a golden row says of a layer's values: mean, population standard deviation, largest magnitude, and the first and last
 * few in N,C,H,W order.
 */
record LayerStatistics(double mean, double std, double maxAbs, float[] first, float[] last) {
  private static final double TOLERANCE = 1e-5;

  static LayerStatistics of(FloatBuffer values, int ends) {
    int n = values.remaining();
    int at = values.position();
    double sum = 0;
    double maxAbs = 0;
    for (int i = at; i < at + n; i++) {
      float v = values.get(i);
      sum += v;
      maxAbs = Math.max(maxAbs, Math.abs(v));
    }
    double mean = sum / n;
    double squares = 0;
    for (int i = at; i < at + n; i++) {
      double d = values.get(i) - mean;
      squares += d * d;
    }
    int count = Math.min(ends, n);
    return new LayerStatistics(mean, Math.sqrt(squares / n), maxAbs, part(values, at, count), part(values, at + n - count, count));
  }

  /** In words, where a layer is further than 1e-5 of its largest magnitude from its golden row; empty if nowhere. */
  static List<String> differences(FloatBuffer values, JsonNode row) {
    float[] first = Goldens.floats(row.get("first8"));
    LayerStatistics found = of(values, first.length);
    double maxAbs = row.has("max_abs") ? row.get("max_abs").asDouble() : row.get("max").asDouble();
    double tolerance = TOLERANCE * maxAbs;
    List<String> wrong = new ArrayList<>();
    compare(wrong, "mean", found.mean, row.get("mean").asDouble(), tolerance);
    compare(wrong, "std", found.std, row.get("std").asDouble(), tolerance);
    compare(wrong, "max_abs", found.maxAbs, maxAbs, tolerance);
    compare(wrong, "first", found.first, first, tolerance);
    if (row.has("last8")) {
      compare(wrong, "last", found.last, Goldens.floats(row.get("last8")), tolerance);
    }
    return wrong.stream().map(w -> row.path("name").asText() + " " + w).toList();
  }

  private static void compare(List<String> wrong, String what, float[] found, float[] wanted, double tolerance) {
    for (int i = 0; i < wanted.length; i++) {
      compare(wrong, what + " " + i, found[i], wanted[i], tolerance);
    }
  }

  private static void compare(List<String> wrong, String what, double found, double wanted, double tolerance) {
    if (!(Math.abs(found - wanted) <= tolerance)) {
      wrong.add(what + ": " + found + ", expected " + wanted + " +- " + tolerance);
    }
  }

  private static float[] part(FloatBuffer values, int from, int count) {
    float[] part = new float[count];
    values.get(from, part);
    return part;
  }
}
