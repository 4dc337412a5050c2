package org.quintet;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.internal.JsonText;

/**
 * What {@link Network#tune} measured. Milliseconds are medians on this machine.
 *
 * @param beforeMilliseconds a run whose layers are all computed as the cost model has it
 * @param afterMilliseconds a run by the choices made here
 * @param layers those that can be computed in more than one way
 */
public record Tuning(double beforeMilliseconds, double afterMilliseconds, List<Layer> layers) {
  /**
   * Layers of one geometry: they take the same time and share the choice.
   *
   * @param key operator, geometry, shapes and fused operations
   * @param nodes the network's nodes that share it; {@code a+b} is one made of two
   * @param model the way that the cost model had taken
   * @param choice the way that is taken from now on
   * @param candidates all ways within the precision
   */
  public record Layer(String key, List<String> nodes, String model, String choice, List<Candidate> candidates) {}

  /**
   * One way to compute a layer.
   *
   * @param way such as {@code direct}, {@code winograd 4 tiles=98 order=panels split=tiles}, {@code matrix}, {@code dense f16}
   * @param milliseconds of all the layer's nodes together
   */
  public record Candidate(String way, double milliseconds) {}

  /** The native side's report. */
  static Tuning parse(String json) {
    Map<String, @Nullable Object> report = JsonText.object("the report on tuning", json);
    List<Layer> layers = new ArrayList<>();
    for (Map<?, ?> layer : objects(report.get("layers"))) {
      List<Candidate> candidates =
          objects(layer.get("candidates")).stream().map(c -> new Candidate(text(c.get("way")), number(c.get("ms")))).toList();
      List<String> nodes = layer.get("nodes") instanceof List<?> names ? names.stream().map(String::valueOf).toList() : List.of();
      layers.add(new Layer(text(layer.get("key")), nodes, text(layer.get("model")), text(layer.get("choice")), candidates));
    }
    return new Tuning(number(report.get("before_ms")), number(report.get("after_ms")), List.copyOf(layers));
  }

  private static List<Map<?, ?>> objects(@Nullable Object value) {
    List<Map<?, ?>> objects = new ArrayList<>();
    if (value instanceof List<?> list) {
      list.forEach(element -> objects.add((Map<?, ?>) element));
    }
    return objects;
  }

  private static String text(@Nullable Object value) {
    return String.valueOf(value);
  }

  private static double number(@Nullable Object value) {
    return value instanceof Number number ? number.doubleValue() : Double.NaN;
  }
}
