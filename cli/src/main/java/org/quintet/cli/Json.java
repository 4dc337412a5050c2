package org.quintet.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON documents as maps and lists. */
final class Json {
  private static final JSON JACKSON = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).with(JSON.Feature.WRITE_NULL_PROPERTIES);

  private Json() {}

  /** An object of these keys and values, one after the other, in this order. */
  static Map<String, @Nullable Object> object(@Nullable Object... keysAndValues) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      object.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return object;
  }

  static String write(Object document) {
    try {
      return JACKSON.asString(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** On one line. */
  static String line(Object document) {
    try {
      return JACKSON.without(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Map<String, Object> readObject(String text) {
    try {
      return JACKSON.mapFrom(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An array of objects. */
  @SuppressWarnings("unchecked")   // what Jackson makes of an object
  static List<Map<String, @Nullable Object>> readObjects(String text) {
    try {
      return JACKSON.listFrom(text).stream().map(object -> (Map<String, @Nullable Object>) object).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
