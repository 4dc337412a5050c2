package org.quintet.pictures;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quintet.ArgumentException;

/** A {@link Transform} as words: {@code side=256 height=224 width=224 margin=0 order=RGB inverted=false divisor=255.0 mean=... std=...}. */
record TransformText(Framing framing, ChannelOrder order, boolean inverted, double divisor, double[] mean, double[] std) {
  private static final Set<String> WORDS = Set.of("side", "height", "width", "margin", "order", "inverted", "divisor", "mean", "std");

  String line() {
    return "side=%d height=%d width=%d margin=%d order=%s inverted=%s divisor=%s mean=%s std=%s".formatted(
        framing.side(), framing.height(), framing.width(), framing.margin(), order, inverted, divisor, join(mean), join(std));
  }

  static TransformText read(String text) {
    Map<String, String> words = new LinkedHashMap<>();
    for (String word : text.strip().split(" +")) {
      int at = word.indexOf('=');
      words.put(word.substring(0, Math.max(0, at)), word.substring(at + 1));
    }
    if (!words.keySet().equals(WORDS)) {
      throw none(text, null);
    }
    try {
      Framing framing = new Framing(
          integer(words, "side"), integer(words, "height"), integer(words, "width"), integer(words, "margin"));
      return new TransformText(
          framing,
          ChannelOrder.valueOf(words.getOrDefault("order", "")),
          Boolean.parseBoolean(words.get("inverted")),
          Double.parseDouble(words.getOrDefault("divisor", "")),
          numbers(words, "mean"),
          numbers(words, "std"));
    } catch (IllegalArgumentException e) {   // a number or an order that is none
      throw none(text, e);
    }
  }

  private static ArgumentException none(String text, @Nullable Throwable cause) {
    return new ArgumentException("\"" + text + "\" is no transform's text, as side=256 height=224 width=224 margin=0 order=RGB inverted=false "
        + "divisor=255.0 mean=0.5,0.5,0.5 std=0.2,0.2,0.2", cause);
  }

  private static int integer(Map<String, String> words, String name) {
    return Integer.parseInt(words.getOrDefault(name, ""));
  }

  private static double[] numbers(Map<String, String> words, String name) {
    return Arrays.stream(words.getOrDefault(name, "").split(",")).mapToDouble(Double::parseDouble).toArray();
  }

  private static String join(double[] numbers) {
    return Arrays.stream(numbers).mapToObj(Double::toString).collect(Collectors.joining(","));
  }
}
