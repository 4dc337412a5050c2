package org.quintet.models;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.quintet.ArgumentException;
import org.quintet.FormatException;

/** What the classes of a network are called, by index. Immutable and safe for all threads. */
public final class Labels {
  private static final Labels DIGITS = numbers(10);
  private static final Pattern SYNSET = Pattern.compile("n\\d{8}\\s+(.+)");
  private static final long MOST_BYTES = 16 << 20;

  private final List<String> names;

  private Labels(List<String> names) {
    this.names = names;
  }

  /** The names given, the first for class 0; copied. */
  public static Labels of(List<String> names) {
    return new Labels(List.copyOf(names));
  }

  /** The digits 0 to 9. */
  public static Labels digits() {
    return DIGITS;
  }

  /** The numbers from 0 on, where no better names are known. */
  public static Labels numbers(int count) {
    return of(IntStream.range(0, count).mapToObj(Integer::toString).toList());
  }

  /** The 1000 classes of ImageNet's challenge of 2012, each by the first name of its synset. */
  public static Labels imagenet() {
    return ImageNet.LABELS;
  }

  /**
   * Reads names from a UTF-8 file, which may hold one name a line, lines of ImageNet's {@code synset_words.txt} ("n01440764
   * tench, Tinca tinca"; the identifier is left out), or Keras's class index in JSON ({@code {"0": ["n01440764", "tench"]}}).
   *
   * @throws FormatException if the file cannot be read or is none of these; the message names the file and what is wrong
   */
  public static Labels read(Path file) {
    String text = text(file).strip();
    if (text.isEmpty()) {
      throw new FormatException(file + ": no labels, the file is empty");
    }
    return of(text.startsWith("{") ? classIndex(file, text) : lines(file, text));
  }

  /** How many there are. */
  public int size() {
    return names.size();
  }

  /**
   * The name of a class.
   *
   * @throws ArgumentException if {@code index} is negative or not less than {@link #size}
   */
  public String get(int index) {
    if (index < 0 || index >= names.size()) {
      throw new ArgumentException("no label " + index + "; there are " + names.size());
    }
    return names.get(index);
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new FormatException(file + ": " + Files.size(file) + " bytes are too many for labels; at most " + MOST_BYTES);
      }
      String text = Files.readString(file);
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (NoSuchFileException e) {
      throw new FormatException(file + ": no such file", e);
    } catch (CharacterCodingException e) {
      throw new FormatException(file + ": not a text in UTF-8", e);
    } catch (IOException e) {
      throw new FormatException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<String> lines(Path file, String text) {
    if (text.lines().anyMatch(String::isBlank)) {
      throw new FormatException(file + ": a blank line between the labels; every class needs a name");
    }
    List<Matcher> synsets = text.lines().map(SYNSET::matcher).toList();
    return synsets.stream().allMatch(Matcher::matches)
        ? synsets.stream().map(m -> m.group(1).strip()).toList()
        : text.lines().map(String::strip).toList();
  }

  private static List<String> classIndex(Path file, String text) {
    Map<Integer, String> byIndex = new TreeMap<>();
    try (JsonParser json = new JsonFactory().createParser(text)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        int index = Integer.parseInt(json.currentName());
        if (byIndex.put(index, entry(json)) != null) {
          throw new FormatException(file + ": index " + index + " stands there twice");
        }
      }
    } catch (JsonProcessingException e) {
      throw new FormatException(file + ": not a class index in JSON: " + e.getOriginalMessage(), e);
    } catch (NumberFormatException e) {
      throw new FormatException(file + ": a key is not an index: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new FormatException(file + ": cannot be read: " + e.getMessage(), e);
    }
    if (byIndex.isEmpty()) {
      throw new FormatException(file + ": no labels, the object is empty");
    }
    for (int i = 0; i < byIndex.size(); i++) {
      if (!byIndex.containsKey(i)) {
        throw new FormatException(file + ": " + byIndex.size() + " entries, but none for index " + i);
      }
    }
    return List.copyOf(byIndex.values());
  }

  /** The last text of ["n01440764", "tench"]; underscores stand for blanks there. */
  private static String entry(JsonParser json) throws IOException {
    String name = "";
    boolean array = json.nextToken() == JsonToken.START_ARRAY;
    while (array && json.nextToken() == JsonToken.VALUE_STRING) {
      name = json.getText();
    }
    if (name.isEmpty() || json.currentToken() != JsonToken.END_ARRAY) {
      throw new JsonParseException(json, "expected [\"identifier\", \"name\"]");
    }
    return name.replace('_', ' ');
  }

  /** Read when first asked for. */
  private static final class ImageNet {
    static final Labels LABELS = read();

    private static Labels read() {
      try (InputStream in = Labels.class.getResourceAsStream("imagenet_labels.txt")) {
        if (in == null) {
          throw new IllegalStateException("imagenet_labels.txt is missing from the jar");
        }
        return of(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
      } catch (IOException e) {
        throw new UncheckedIOException("imagenet_labels.txt in the jar", e);
      }
    }
  }
}
