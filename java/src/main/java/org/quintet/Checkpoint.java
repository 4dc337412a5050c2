package org.quintet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.weights.SafetensorsMetadata;

/**
 * All that training needs to go on to the same bits: a safetensors file of parameters under their own names, optimizer state and
 * early stopping's best epoch beside them, and in its metadata where training was and how it was set up.
 */
final class Checkpoint {
  private static final String FORMAT = "quintet checkpoint 1";

  private Checkpoint() {}

  /**
   * Where training is between two steps.
   *
   * @param epoch from 0
   * @param step made in it
   * @param lossSum of the epoch's samples so far
   * @param correct of them
   * @param samples so far
   * @param seconds that the epoch has taken
   * @param history epochs before
   */
  record Place(int epoch, int step, double lossSum, long correct, long samples, double seconds, List<EpochMetrics> history) {
    static final Place START = new Place(0, 0, 0, 0, 0, 0, List.of());

    Place {
      history = List.copyOf(history);
    }
  }

  /**
   * Writes a checkpoint: after a failure, whatever it is, the file is the one before.
   *
   * @param setup what has to be the same when training goes on
   * @throws WeightsException if it cannot be written, with the system's reason
   */
  static void write(Path file, TrainerCore core, BestEpoch best, Place place, Map<String, String> setup) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    metadata.putAll(setup);
    metadata.put("epoch", Integer.toString(place.epoch()));
    metadata.put("step", Integer.toString(place.step()));
    metadata.put("sums", join(place.lossSum(), place.correct(), place.samples(), place.seconds()));
    metadata.put("history", String.join("\n", place.history().stream().map(Checkpoint::line).toList()));
    try (Weights weights = copy(core, best, metadata)) {
      weights.save(file, metadata);
    }
  }

  /** All tensors as one step left them, and that step's number in {@code metadata}. */
  private static Weights copy(TrainerCore core, BestEpoch best, Map<String, String> metadata) {
    synchronized (core) {
      metadata.put("updates", Long.toString(core.steps()));
      Map<String, Tensor> tensors = new LinkedHashMap<>(core.parameters());
      tensors.putAll(core.state());
      tensors.putAll(best.tensors());
      return Weights.of(tensors);
    }
  }

  /**
   * Takes a checkpoint up again.
   *
   * @throws FormatException if the file is no checkpoint, or damaged
   * @throws ArgumentException if it was written under another setup
   */
  static Place read(Path file, TrainerCore core, BestEpoch best, Map<String, String> setup) {
    Map<String, String> metadata = SafetensorsMetadata.read(file);
    if (!FORMAT.equals(metadata.get("format"))) {
      throw new FormatException(file + ": this is no checkpoint of training");
    }
    setup.forEach((name, wanted) -> {
      if (!wanted.equals(metadata.get(name))) {
        throw new ArgumentException("%s: it was written with %s %s, this training has %s".formatted(file, name, metadata.get(name), wanted));
      }
    });
    try (Weights weights = Weights.open(file)) {
      core.restoreParameters(weights);
      core.restoreState(weights, Long.parseLong(text(metadata, "updates")));
      List<EpochMetrics> history = history(text(metadata, "history"));
      best.resume(weights, history.stream().mapToDouble(EpochMetrics::decisiveLoss).min().orElse(Double.POSITIVE_INFINITY));
      String[] sums = text(metadata, "sums").split(" ");
      return new Place(
          Integer.parseInt(text(metadata, "epoch")),
          Integer.parseInt(text(metadata, "step")),
          Double.parseDouble(sums[0]),
          Long.parseLong(sums[1]),
          Long.parseLong(sums[2]),
          Double.parseDouble(sums[3]),
          history);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new FormatException(file + ": damaged: a number of its metadata is none (" + e.getMessage() + ")", e);
    }
  }

  private static String text(Map<String, String> metadata, String name) {
    return metadata.getOrDefault(name, "none");
  }

  private static List<EpochMetrics> history(String lines) {
    List<EpochMetrics> history = new ArrayList<>();
    for (String line : lines.isEmpty() ? new String[0] : lines.split("\n")) {
      String[] fields = line.split(" ");
      history.add(new EpochMetrics(
          Integer.parseInt(fields[0]),
          Long.parseLong(fields[1]),
          Double.parseDouble(fields[2]),
          Double.parseDouble(fields[3]),
          fields.length > 6 ? validation(Arrays.copyOfRange(fields, 6, 9)) : null,
          Double.parseDouble(fields[4]),
          Double.parseDouble(fields[5])));
    }
    return history;
  }

  private static Evaluation validation(@Nullable String[] fields) {
    return new Evaluation(number(fields[0]), number(fields[1]), (int) number(fields[2]));
  }

  private static double number(@Nullable String field) {
    return Double.parseDouble(String.valueOf(field));   // a missing one is "null", and no number
  }

  private static String line(EpochMetrics m) {
    String training = join(m.epoch(), m.steps(), m.loss(), m.accuracy(), m.learningRate(), m.seconds());
    Evaluation validation = m.validation();
    return validation == null ? training : training + " " + join(validation.accuracy(), validation.loss(), validation.samples());
  }

  private static String join(Object... numbers) {
    return String.join(" ", Arrays.stream(numbers).map(Object::toString).toList());
  }
}
