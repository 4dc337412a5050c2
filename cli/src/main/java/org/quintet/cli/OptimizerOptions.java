package org.quintet.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.ArgumentException;
import org.quintet.Loss;
import org.quintet.Optimizer;
import org.quintet.Schedule;
import picocli.CommandLine.Option;

/** How parameters change in training: optimizer, learning rate and loss. */
final class OptimizerOptions {
  @Option(names = "--optimizer", paramLabel = "NAME", description = "sgd, momentum (sgd with 0.9), rmsprop, adam or adamw; ${DEFAULT-VALUE} by default.")
  private String name = "sgd";

  @Option(names = "--lr", paramLabel = "RATE", description = "Learning rate; Keras's by default: 0.01 for sgd and momentum, 0.001 for others.")
  private @Nullable Double rate;

  @Option(names = "--momentum", paramLabel = "M", description = "Momentum of sgd, momentum or rmsprop.")
  private @Nullable Double momentum;

  @Option(names = "--nesterov", description = "Nesterov's momentum in sgd and momentum.")
  private boolean nesterov;

  @Option(names = "--weight-decay", paramLabel = "D", description = "What a parameter loses at each update, in learning rates of itself.")
  private @Nullable Double weightDecay;

  @Option(names = "--l2", paramLabel = "F", description = "What is added to a gradient, in shares of the parameter (PyTorch's weight decay).")
  private @Nullable Double l2;

  @Option(names = "--clip-norm", paramLabel = "N", description = "Largest norm of all gradients together.")
  private @Nullable Double clipNorm;

  @Option(names = "--clip-value", paramLabel = "V", description = "Largest absolute value in a gradient.")
  private @Nullable Double clipValue;

  @Option(names = "--schedule", paramLabel = "S",
      description = "How the learning rate changes: cosine (falls to 0), constant or step:EPOCHS:FACTOR; ${DEFAULT-VALUE} by default.")
  private String schedule = "cosine";

  @Option(names = "--warm-up", paramLabel = "EPOCHS", description = "Epochs, with fractions, in which the learning rate rises from 0.")
  private double warmUp;

  @Option(names = "--label-smoothing", paramLabel = "S", description = "Share of a label that is spread over all classes.")
  private double smoothing;

  @Option(names = "--head-weight", paramLabel = "HEAD=W", description = "What a head's loss counts, as aux_clf1.out=0.3; 1 by default.")
  private Map<String, Double> headWeights = new LinkedHashMap<>();

  /** The optimizer asked for; a usage error of {@code command} if it is impossible. */
  Optimizer optimizer(Command command) {
    try {
      Optimizer optimizer = Optimizer.named(name);
      optimizer = rate == null ? optimizer : optimizer.learningRate(rate);
      optimizer = momentum == null ? optimizer : optimizer.momentum(momentum);
      optimizer = nesterov ? optimizer.nesterov() : optimizer;
      optimizer = weightDecay == null ? optimizer : optimizer.weightDecay(weightDecay);
      optimizer = l2 == null ? optimizer : optimizer.l2(l2);
      optimizer = clipNorm == null ? optimizer : optimizer.clipNorm(clipNorm);
      return clipValue == null ? optimizer : optimizer.clipValue(clipValue);
    } catch (ArgumentException e) {
      throw command.usage(String.valueOf(e.getMessage()));
    }
  }

  /** The loss asked for, likewise. */
  Loss loss(Command command) {
    try {
      return new Loss(smoothing, headWeights);
    } catch (ArgumentException e) {
      throw command.usage(String.valueOf(e.getMessage()));
    }
  }

  /** The schedule asked for, likewise. */
  Schedule schedule(Command command) {
    try {
      Schedule parsed = Schedule.parse(schedule);
      return warmUp == 0 ? parsed : parsed.warmUp(warmUp);
    } catch (ArgumentException e) {
      throw command.usage(String.valueOf(e.getMessage()));
    }
  }
}
