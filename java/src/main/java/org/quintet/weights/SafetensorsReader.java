package org.quintet.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.quintet.DType;
import org.quintet.FormatException;
import org.quintet.UnsupportedException;
import org.quintet.internal.Memory;

/**
 * Reads safetensors: 8 bytes little-endian length of the header, the header as JSON, then the tensors' bytes, back to back.
 *
 * <p>As strict as the format's own library: tensors neither overlap nor leave gaps, and the last one ends with the file.
 */
final class SafetensorsReader {
  /** The limit of the format's own library. */
  static final int MAX_HEADER_BYTES = 100_000_000;

  static final int LENGTH_BYTES = 8;
  static final String METADATA = "__metadata__";

  /** Types that the format knows and Quintet does not read. */
  private static final List<String> OTHER_TYPES = List.of("BOOL", "I16", "U16", "U32", "U64", "C64", "F4", "F6_E2M3", "F6_E3M2", "F8_E5M2",
      "F8_E4M3", "F8_E8M0", "F8_E5M2FNUZ", "F8_E4M3FNUZ");

  static final JsonFactory JSON = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxNestingDepth(4)
          .maxNameLength(TensorIndex.MAX_NAME_BYTES)
          .maxNumberLength(20)
          .maxStringLength(MAX_HEADER_BYTES)
          .maxDocumentLength(MAX_HEADER_BYTES)
          .build())
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
      .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
      .build();

  private final Memory file;
  private final TensorIndex index;
  private final long dataStart;

  private SafetensorsReader(Memory file, long dataStart) {
    this.file = file;
    this.index = new TensorIndex(file.name());
    this.dataStart = dataStart;
  }

  /** Whether {@code file} begins with the length of a header that fits it, and the header with a brace. */
  static boolean recognises(Memory file) {
    return resembles(file) && headerFits(file, file.view(0, LENGTH_BYTES).getLong());
  }

  /** Whether {@code file} has a header's brace in its place, behind a number and not behind eight letters of a text. */
  static boolean resembles(Memory file) {
    return file.size() > LENGTH_BYTES
        && file.view(LENGTH_BYTES, 1).get() == '{'
        && !Signature.isText(file.view(0, LENGTH_BYTES));
  }

  private static boolean headerFits(Memory file, long header) {
    return header >= 0 && header <= MAX_HEADER_BYTES && header <= file.size() - LENGTH_BYTES;
  }

  /**
   * The tensors of {@code file}, in the header's order.
   *
   * @throws FormatException if anything does not fit together
   * @throws UnsupportedException if a tensor's type is known to the format and not to Quintet
   */
  static Collection<StoredTensor> read(Memory file) {
    if (file.size() < LENGTH_BYTES) {
      throw new FormatException("%s: %,d bytes are too few for a safetensors file".formatted(file.name(), file.size()));
    }
    long header = file.view(0, LENGTH_BYTES).getLong();
    if (!headerFits(file, header)) {
      throw new FormatException("%s: the safetensors header claims %s bytes; the file has %,d and the limit is %,d"
          .formatted(file.name(), Long.toUnsignedString(header), file.size(), MAX_HEADER_BYTES));
    }
    SafetensorsReader reader = new SafetensorsReader(file, LENGTH_BYTES + header);
    reader.readHeader((int) header);
    reader.checkLayout();
    return reader.index.tensors();
  }

  private void readHeader(int length) {
    try (JsonParser json = JSON.createParser(new MemoryStream(file.view(LENGTH_BYTES, length)))) {
      expect(json, json.nextToken(), JsonToken.START_OBJECT, "an object");
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        expect(json, json.nextToken(), JsonToken.START_OBJECT, "an object for " + Text.quote(name));
        if (name.equals(METADATA)) {
          json.skipChildren();
        } else {
          readTensor(json, name);
        }
      }
      if (json.nextToken() != null) {
        throw malformed(json, "there is more after its end");
      }
    } catch (JsonProcessingException e) {
      throw new FormatException(
          "%s: the safetensors header is no valid JSON: %s (byte %,d)".formatted(file.name(), Text.line(e.getOriginalMessage()),
              e.getLocation() == null ? -1 : e.getLocation().getByteOffset()), e);
    } catch (IOException e) {
      throw new FormatException("%s: the safetensors header cannot be read: %s".formatted(file.name(), e.getMessage()), e);
    }
  }

  private void readTensor(JsonParser json, String name) throws IOException {
    String type = null;
    long[] shape = null;
    long[] offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      JsonToken token = json.nextToken();
      switch (key) {
        case "dtype" -> {
          expect(json, token, JsonToken.VALUE_STRING, "a type for " + Text.quote(name));
          type = json.getText();
        }
        case "shape" -> shape = readNumbers(json, token, name, TensorIndex.MAX_RANK);
        case "data_offsets" -> offsets = readNumbers(json, token, name, 2);
        default -> json.skipChildren();   // the format's own library lets further keys pass
      }
    }
    if (type == null || shape == null || offsets == null || offsets.length != 2) {
      throw index.failure(name, "dtype, shape and two data_offsets are needed");
    }
    add(name, type, shape, offsets[0], offsets[1]);
  }

  private long[] readNumbers(JsonParser json, @Nullable JsonToken first, String name, int most) throws IOException {
    expect(json, first, JsonToken.START_ARRAY, "a list of numbers for " + Text.quote(name));
    long[] numbers = new long[most];
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      expect(json, json.currentToken(), JsonToken.VALUE_NUMBER_INT, "whole numbers for " + Text.quote(name));
      if (count == most) {
        throw index.failure(name, "a list of numbers is longer than " + most);
      }
      long number = json.getLongValue();
      if (number < 0) {
        throw index.failure(name, "the number %d is negative".formatted(number));
      }
      numbers[count++] = number;
    }
    return Arrays.copyOf(numbers, count);
  }

  private void add(String name, String typeName, long[] shape, long begin, long end) {
    long dataBytes = file.size() - dataStart;
    if (begin > end || end > dataBytes) {
      throw index.failure(name, "data_offsets [%,d, %,d] do not lie in the file's %,d bytes of data".formatted(begin, end, dataBytes));
    }
    index.add(name, type(name, typeName), shape, file, dataStart + begin, end - begin);
  }

  private DType type(String name, String text) {
    for (DType type : DType.values()) {
      if (type.name().equals(text)) {
        return type;
      }
    }
    if (OTHER_TYPES.contains(text.toUpperCase(Locale.ROOT))) {
      throw new UnsupportedException("%s: tensor %s: type %s is not supported; known are %s"
          .formatted(file.name(), Text.quote(name), text, Arrays.toString(DType.values())));
    }
    throw index.failure(name, "type %s is unknown".formatted(Text.quote(text)));
  }

  /** All bytes after the header belong to exactly one tensor. */
  private void checkLayout() {
    long reached = dataStart;
    for (StoredTensor tensor : inFileOrder()) {
      if (tensor.offset() != reached) {
        throw index.failure(tensor.name(), tensor.offset() < reached
            ? "it overlaps another tensor by %,d bytes".formatted(reached - tensor.offset())
            : "%,d bytes before it belong to no tensor".formatted(tensor.offset() - reached));
      }
      reached += tensor.bytes();
    }
    if (reached != file.size()) {
      throw new FormatException("%s: %,d bytes at its end belong to no tensor".formatted(file.name(), file.size() - reached));
    }
  }

  private List<StoredTensor> inFileOrder() {
    return index.tensors().stream()
        .sorted(Comparator.comparingLong(StoredTensor::offset).thenComparingLong(StoredTensor::bytes))
        .toList();
  }

  private void expect(JsonParser json, @Nullable JsonToken found, JsonToken wanted, String words) {
    if (found != wanted) {
      throw malformed(json, "%s is expected, found %s".formatted(words, found == null ? "its end" : found));
    }
  }

  private FormatException malformed(JsonParser json, String what) {
    return new FormatException("%s: the safetensors header is malformed at byte %,d: %s"
        .formatted(file.name(), json.currentLocation().getByteOffset(), what));
  }
}
