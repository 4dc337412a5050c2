package org.quintet;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters of the epoch with the least loss, kept by early stopping beside those in training. */
final class BestEpoch implements AutoCloseable {
  private static final String PREFIX = "best epoch/";

  private double loss = Double.POSITIVE_INFINITY;
  private @Nullable Weights parameters;

  /** Keeps the parameters as they are now if an epoch's loss is less than that of all before. */
  void offer(double epochLoss, TrainerCore core) {
    if (epochLoss < loss || parameters == null) {
      loss = epochLoss;
      synchronized (core) {
        replace(Weights.of(core.parameters()));
      }
    }
  }

  /** Puts the best parameters in place of those in training. */
  void restoreTo(TrainerCore core) {
    if (parameters != null) {
      core.restoreParameters(parameters);
    }
  }

  /** What a checkpoint has to hold of it: nothing before the first epoch is done. */
  Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    if (parameters != null) {
      Weights kept = parameters;
      kept.names().forEach(name -> tensors.put(PREFIX + name, kept.get(name)));
    }
    return tensors;
  }

  /** Takes a checkpoint's up again, where {@code least} was their epoch's loss. */
  void resume(Weights checkpoint, double least) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    checkpoint.names().stream().filter(name -> name.startsWith(PREFIX))
        .forEach(name -> tensors.put(name.substring(PREFIX.length()), checkpoint.get(name)));
    if (!tensors.isEmpty()) {
      loss = least;
      replace(Weights.of(tensors));
    }
  }

  private void replace(Weights newOnes) {
    close();
    parameters = newOnes;
  }

  @Override
  public void close() {
    if (parameters != null) {
      parameters.close();
      parameters = null;
    }
  }
}
