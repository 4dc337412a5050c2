package org.quintet.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.FormatException;

/** Reads small JSON documents whose author is not to be trusted: depth and lengths are limited, duplicate keys refused. */
public final class JsonText {
  private static final int MAX_CHARACTERS = 1 << 26;
  private static final JsonFactory JSON = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).maxDocumentLength(MAX_CHARACTERS).maxNumberLength(40).build())
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .build();

  private JsonText() {}

  /**
   * The one object that {@code text} is: values are maps, lists, strings, {@link Long}, {@link Double}, booleans and null.
   *
   * @param what names the document in messages
   * @throws FormatException if it is anything else
   */
  public static Map<String, @Nullable Object> object(String what, String text) {
    try (JsonParser json = JSON.createParser(text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new FormatException(what + " is no JSON object");
      }
      Map<String, @Nullable Object> object = object(json);
      if (json.nextToken() != null) {
        throw new FormatException(what + " goes on behind its end");
      }
      return object;
    } catch (IOException e) {
      throw new FormatException(what + " is no valid JSON: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    }
  }

  private static Map<String, @Nullable Object> object(JsonParser json) throws IOException {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      object.put(name, value(json, json.nextToken()));
    }
    return object;
  }

  private static List<@Nullable Object> list(JsonParser json) throws IOException {
    List<@Nullable Object> list = new ArrayList<>();
    for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
      list.add(value(json, token));
    }
    return list;
  }

  private static @Nullable Object value(JsonParser json, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> object(json);
      case START_ARRAY -> list(json);
      case VALUE_STRING -> json.getText();
      case VALUE_NUMBER_INT -> json.getLongValue();
      case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }
}
