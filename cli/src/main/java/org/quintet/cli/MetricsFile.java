package org.quintet.cli;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.EpochMetrics;
import org.quintet.Evaluation;

/** A file with one line of JSON for each epoch, written as soon as the epoch is done. */
final class MetricsFile implements AutoCloseable {
  private final Path file;
  private final Writer out;

  MetricsFile(Path file) {
    this.file = file;
    try {
      out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new CommandException(file + ": cannot be written: " + e);
    }
  }

  void add(EpochMetrics epoch) {
    try {
      out.write(Json.line(document(epoch)));
      out.write('\n');
      out.flush();
    } catch (IOException e) {
      throw new CommandException(file + ": cannot be written: " + e.getMessage());
    }
  }

  /** An epoch as it stands in the file; its number counts from 1. */
  static Map<String, @Nullable Object> document(EpochMetrics epoch) {
    Map<String, @Nullable Object> document = Json.object(
        "epoch", epoch.epoch() + 1,
        "updates", epoch.steps(),
        "loss", epoch.loss(),
        "accuracy", epoch.accuracy(),
        "learning_rate", epoch.learningRate(),
        "seconds", epoch.seconds());
    Evaluation validation = epoch.validation();
    if (validation != null) {
      document.put("validation_loss", validation.loss());
      document.put("validation_accuracy", validation.accuracy());
    }
    return document;
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new CommandException(file + ": cannot be written: " + e.getMessage());
    }
  }
}
