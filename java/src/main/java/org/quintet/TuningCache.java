package org.quintet;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quintet.internal.JsonText;
import org.quintet.internal.Native;
import org.quintet.internal.bindings.Core;
import org.quintet.weights.ReplacedFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where measured choices are kept: a directory with a JSON file for each kind of CPU, versions, number of threads and precision. A file
 * says whose it is in clear text, and counts only where all of that is the same; its name is a checksum of it. Files appear whole
 * or not at all. Whoever adds to one holds a lock, so that programs that tune at the same time lose nothing of each other's;
 * where a file system knows no locks, the last one wins.
 */
final class TuningCache {
  private static final Logger LOG = LoggerFactory.getLogger(TuningCache.class);
  private static final long FORMAT = 1;

  private final Path file;
  private final Map<String, Object> environment;

  /** For models compiled by {@code options} on this machine. */
  TuningCache(Path directory, CompileOptions options) {
    this.environment = environment(options);
    long hash = 1125899906842597L;
    for (char c : environment.toString().toCharArray()) {
      hash = 31 * hash + c;
    }
    this.file = directory.resolve(Long.toHexString(hash) + ".json");
  }

  private static Map<String, Object> environment(CompileOptions options) {
    Map<String, Object> environment = new LinkedHashMap<>();
    environment.put("cpu", Native.call(Core::cpu_key));
    environment.put("onednn", Quintet.onednnVersion());
    environment.put("quintet", Quintet.version());
    environment.put("threads", (long) options.threadsOf(Quintet.allowedThreads()));
    environment.put("precision", options.precision().name().toLowerCase(Locale.ROOT));
    return environment;
  }

  /** Ways by layer. Empty if nothing was kept for this environment; a damaged or foreign file is named in a warning and counts as none. */
  Map<String, String> read() {
    try {
      return parse(Files.readString(file, StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      return Map.of();
    } catch (FormatException e) {
      LOG.warn("{} is ignored: {}", file, e.getMessage());
    } catch (IOException e) {
      LOG.warn("{} cannot be read and is ignored: {}", file, e.toString());
    }
    return Map.of();
  }

  private Map<String, String> parse(String text) {
    Map<String, @Nullable Object> document = JsonText.object("it", text);
    if (!Long.valueOf(FORMAT).equals(document.get("format"))) {
      throw new FormatException("its format is " + document.get("format") + ", expected " + FORMAT);
    }
    if (!environment.equals(document.get("environment"))) {
      throw new FormatException("it is for " + document.get("environment") + ", this is " + environment);
    }
    if (!(document.get("choices") instanceof Map<?, ?> layers)) {
      throw new FormatException("it has no choices");
    }
    Map<String, String> choices = new TreeMap<>();
    layers.forEach((key, layer) -> {
      if (layer instanceof Map<?, ?> facts && facts.get("choice") instanceof String choice) {
        choices.put(String.valueOf(key), choice);
      } else {
        throw new FormatException("layer " + key + " has no choice");
      }
    });
    return choices;
  }

  /**
   * Adds what was measured; newer measurements of a layer replace older ones.
   *
   * @throws WeightsException if the file cannot be written
   */
  void add(Tuning tuning) {
    try {
      Files.createDirectories(file.getParent());
      synchronized (TuningCache.class) {   // locks on files count per process
        try (FileChannel channel = FileChannel.open(file.resolveSibling("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
          lock(channel);   // let go as the channel closes
          write(tuning);
        }
      }
    } catch (IOException e) {
      throw new WeightsException("%s: cannot be written: %s".formatted(file, e), e);
    }
  }

  private static void lock(FileChannel channel) {
    try {
      channel.lock();
    } catch (IOException e) {
      LOG.debug("no lock on the tuning cache", e);
    }
  }

  private void write(Tuning tuning) throws IOException {
    Map<String, Object> layers = new TreeMap<>();
    read().forEach((key, choice) -> layers.put(key, choice));
    tuning.layers().forEach(layer -> layers.put(layer.key(), layer));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = new JsonFactory().createGenerator(bytes).setPrettyPrinter(new DefaultPrettyPrinter())) {
      out.writeStartObject();
      out.writeNumberField("format", FORMAT);
      out.writeObjectFieldStart("environment");
      for (Map.Entry<String, Object> fact : environment.entrySet()) {
        if (fact.getValue() instanceof Long number) {
          out.writeNumberField(fact.getKey(), number);
        } else {
          out.writeStringField(fact.getKey(), fact.getValue().toString());
        }
      }
      out.writeEndObject();
      out.writeObjectFieldStart("choices");
      for (Map.Entry<String, Object> layer : layers.entrySet()) {
        writeLayer(out, layer.getKey(), layer.getValue());
      }
      out.writeEndObject();
      out.writeEndObject();
    }
    ReplacedFile.write(file, channel -> ReplacedFile.writeFully(channel, ByteBuffer.wrap(bytes.toByteArray())));
  }

  private static void writeLayer(JsonGenerator out, String key, Object value) throws IOException {
    out.writeObjectFieldStart(key);
    if (value instanceof Tuning.Layer layer) {
      out.writeStringField("choice", layer.choice());
      out.writeObjectFieldStart("milliseconds");
      for (Tuning.Candidate candidate : layer.candidates()) {
        out.writeNumberField(candidate.way(), candidate.milliseconds());
      }
      out.writeEndObject();
    } else {
      out.writeStringField("choice", value.toString());
    }
    out.writeEndObject();
  }

  /** What is kept here, one {@code key<tab>way} a line. */
  String lines() {
    return read().entrySet().stream().map(e -> e.getKey() + "\t" + e.getValue()).collect(Collectors.joining("\n"));
  }
}
