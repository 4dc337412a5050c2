package org.quintet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.quintet.internal.Native;
import org.quintet.internal.NativeParts;
import org.quintet.internal.bindings.Core;
import org.quintet.internal.bindings.NativeGraph;
import org.quintet.weights.SafetensorsMetadata;
import org.quintet.weights.SafetensorsWriter;
import org.quintet.weights.Store;
import org.quintet.weights.StoredTensor;
import org.quintet.weights.Text;
import org.quintet.weights.WeightFile;

/**
 * A compiled model as a file: a safetensors file whose tensors are the packed weights, each on a boundary of 64 bytes, and whose words say
 * what they are good for and how the plan is made of them.
 */
final class SavedPlan {
  private static final String PREFIX = "quintet.plan.";
  private static final String FORMAT = "3";
  private static final int MOST_SHOWN = 400;

  private final Path path;
  private final Map<String, String> words;

  private SavedPlan(Path path, Map<String, String> words) {
    this.path = path;
    this.words = words;
  }

  /** Writes {@code model} and words beside it; the file appears under its name only when it is whole. */
  static void write(Model model, Path path, Map<String, String> metadata) {
    metadata.keySet().stream().filter(key -> key.startsWith(PREFIX)).findFirst().ifPresent(key -> {
      throw new ArgumentException(key + " is a word of the plan itself");
    });
    try (NativeParts parts = NativeParts.of(model.toString(), model.handle())) {
      List<StoredTensor> tensors = new ArrayList<>();
      for (int i = 0; i < parts.count(); i++) {
        NativeParts.Part part = parts.part(i);
        tensors.add(new StoredTensor(part.partName(), DType.values()[part.type()], part.shape(), part, 0, part.size()));
      }
      Map<String, String> words = new LinkedHashMap<>(metadata);
      environment(model.network()).forEach((key, value) -> words.put(PREFIX + key, value));
      options(model.options()).forEach((key, value) -> words.put(PREFIX + key, value));
      words.put(PREFIX + "choices", parts.choices());
      SafetensorsWriter.writeAligned(path, tensors, words);
    }
  }

  /** What must be the same where the plan is used. */
  private static Map<String, String> environment(Network network) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("format", FORMAT);
    facts.put("quintet", Quintet.version());
    facts.put("onednn", Quintet.onednnVersion());
    facts.put("cpu", Native.call(Core::cpu_key));
    facts.put("network", network + " " + network.graph().use(NativeGraph::fingerprint));
    return facts;
  }

  private static Map<String, String> options(CompileOptions options) {
    int allowed = Quintet.allowedThreads();
    Map<String, String> values = new LinkedHashMap<>();
    values.put("precision", options.precision().name());
    values.put("threads", Integer.toString(options.threadsOf(allowed)));
    values.put("lanes", Integer.toString(options.lanesOf(allowed)));
    values.put("batch", Integer.toString(options.batch()));
    values.put("height", Integer.toString(options.height()));
    values.put("width", Integer.toString(options.width()));
    values.put("plan_cache", Integer.toString(options.planCache()));
    values.put("without", String.join("\n", options.without()));
    values.put("outputs", String.join("\n", options.outputs()));
    values.put("heads", String.join("\n", options.heads()));
    return values;
  }

  /** What the file says of itself; its tensors are not looked at. */
  static SavedPlan read(Path path) {
    SavedPlan plan = new SavedPlan(path, SafetensorsMetadata.read(path));
    if (!plan.words.containsKey(PREFIX + "format")) {
      throw new FormatException(path + ": this is no saved plan");
    }
    return plan;
  }

  /**
   * Checks that it is for this network, machine and version.
   *
   * @throws PlanException naming everything that differs, what was found and what was expected
   */
  void check(Network network) {
    List<String> differences = new ArrayList<>();
    environment(network).forEach((key, expected) -> {
      String found = words.getOrDefault(PREFIX + key, "");
      if (!found.equals(expected)) {
        differences.add("it is for %s %s, here it is %s".formatted(key, printable(found), expected));
      }
    });
    if (!differences.isEmpty()) {
      throw new PlanException(path + ": this plan cannot be used here: " + String.join("; ", differences) + ". Compile and save it anew");
    }
  }

  /** How the model was compiled, its automatic numbers as they were then. */
  CompileOptions options() {
    try {
      return new CompileOptions(
          Precision.valueOf(word("precision")), number("threads"), number("lanes"), number("batch"), number("height"), number("width"),
          number("plan_cache"), list("without"), list("outputs"), list("heads"), true, null);
    } catch (IllegalArgumentException | ArgumentException e) {
      throw new FormatException("%s: the plan's options are damaged: %s".formatted(path, Text.quote(String.valueOf(e.getMessage()))), e);
    }
  }

  /** Names of all parameters it was compiled from. */
  Set<String> parameters() {
    try (Store store = new Store()) {
      return map(store).stream()
          .map(StoredTensor::name)
          .filter(name -> !name.startsWith("packed/"))
          .map(name -> name.substring(name.indexOf('/') + 1))
          .collect(Collectors.toSet());
    }
  }

  /** Which way each layer is computed. */
  String choices() {
    return word("choices");
  }

  /** Maps the tensors, checked for lying inside the file, into {@code store}. */
  Collection<StoredTensor> map(Store store) {
    return WeightFile.open(path, store);
  }

  /** On one line and not too long, whatever the file put into it. */
  private static String printable(String word) {
    return word.substring(0, Math.min(word.length(), MOST_SHOWN)).replaceAll("\\p{Cntrl}", "?");
  }

  private String word(String key) {
    String word = words.get(PREFIX + key);
    if (word == null) {
      throw new FormatException("%s: the plan does not say its %s".formatted(path, key));
    }
    return word;
  }

  private int number(String key) {
    return Integer.parseInt(word(key));
  }

  private List<String> list(String key) {
    return Stream.of(word(key).split("\n")).filter(line -> !line.isEmpty()).toList();
  }
}
