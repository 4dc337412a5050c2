package org.quintet.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.quintet.FormatException;
import org.quintet.internal.Memory;
import org.quintet.internal.NativeFile;

/** Reads the words that a safetensors file may have beside its tensors. */
public final class SafetensorsMetadata {
  private SafetensorsMetadata() {}

  /**
   * The words of a file, by their keys; empty if it has none. Tensors are not looked at.
   *
   * @throws FormatException if the file cannot be read or is no safetensors file
   */
  public static Map<String, String> read(Path path) {
    try (Memory file = NativeFile.open(path)) {
      return file.whileOpen(() -> read(file));
    }
  }

  /**
   * The same; empty also for a file of another format.
   *
   * @throws FormatException if the file cannot be read, or its header is damaged
   */
  public static Map<String, String> ifAny(Path path) {
    try (Memory file = NativeFile.open(path)) {
      return file.whileOpen(() -> SafetensorsReader.recognises(file) ? read(file) : Map.of());
    }
  }

  private static Map<String, String> read(Memory file) {
    long header = file.size() < SafetensorsReader.LENGTH_BYTES ? -1 : file.view(0, SafetensorsReader.LENGTH_BYTES).getLong();
    if (header < 0 || header > SafetensorsReader.MAX_HEADER_BYTES || header > file.size() - SafetensorsReader.LENGTH_BYTES) {
      throw new FormatException(file.name() + ": this is no safetensors file");
    }
    Map<String, String> words = new LinkedHashMap<>();
    try (JsonParser json =
        SafetensorsReader.JSON.createParser(new MemoryStream(file.view(SafetensorsReader.LENGTH_BYTES, (int) header)))) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new FormatException(file.name() + ": this is no safetensors file");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean metadata = json.currentName().equals(SafetensorsReader.METADATA);
        if (json.nextToken() == JsonToken.START_OBJECT && metadata) {
          readWords(json, words);
        } else {
          json.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new FormatException("%s: the safetensors header cannot be read: %s".formatted(file.name(), Text.line(e.getMessage())), e);
    }
    return words;
  }

  private static void readWords(JsonParser json, Map<String, String> words) throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      if (json.nextToken() == JsonToken.VALUE_STRING) {
        words.put(key, json.getText());
      } else {
        json.skipChildren();
      }
    }
  }
}
