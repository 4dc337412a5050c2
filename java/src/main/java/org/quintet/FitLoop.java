package org.quintet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.quintet.data.Batches;
import org.quintet.data.Dataset;

/** One call of {@link Trainer#fit}: the loop over epochs and steps. */
final class FitLoop implements FitListener.Progress {
  private final Trainer trainer;
  private final Dataset data;
  private final FitOptions options;
  private final TrainerCore core;
  private final int steps;
  private final double baseRate;
  private final List<EpochMetrics> history = new ArrayList<>();
  private final BestEpoch best = new BestEpoch();

  private int epoch;
  private int step;
  private double lossSum;
  private long correct;
  private long samples;
  private double secondsBefore;
  private long started;
  private double stepLoss;
  private double learningRate;

  FitLoop(Trainer trainer, Dataset data, FitOptions options) {
    if (data.size() == 0) {
      throw new ArgumentException("the data set is empty");
    }
    this.trainer = trainer;
    this.data = data;
    this.options = options;
    this.core = trainer.core();
    core.reserve(Math.min(options.batch(), data.size()));
    this.steps = Batches.steps(data.size(), options.batch());
    this.baseRate = trainer.options().optimizer().learningRate();
  }

  History run() {
    try (best) {
      Path resume = options.resume();
      if (resume != null) {
        restore(Checkpoint.read(resume, core, best, setup()));
      }
      options.listener().onStart(this, List.copyOf(history));
      History.End end = isStale() ? History.End.EARLY : runEpochs();
      if (end != History.End.STOPPED) {
        best.restoreTo(core);
      }
      return new History(history, end);
    }
  }

  private History.End runEpochs() {
    try (Batches batches = new Batches(data, plan())) {
      started = System.nanoTime();
      for (; epoch < options.epochCount(); epoch++) {
        History.@Nullable End end = runEpoch(batches);
        if (end != null) {
          return end;
        }
      }
    }
    return History.End.FINISHED;
  }

  private Batches.Plan plan() {
    long[] shape = trainer.network().inputShape();
    return new Batches.Plan(
        options.batch(), (int) shape[0], (int) shape[1], (int) shape[2], trainer.classes(), options.shuffled(), options.seed(),
        options.augmentation(), epoch, step, options.epochCount());
  }

  /** Returns why training ends with this epoch; null: it goes on. */
  private History.@Nullable End runEpoch(Batches batches) {
    while (step < steps) {
      makeStep(batches);
      if (trainer.isStopping()) {
        save();
        return History.End.STOPPED;
      }
      if (options.checkpointEvery() > 0 && core.steps() % options.checkpointEvery() == 0) {
        save();
      }
    }
    return finishEpoch() ? (isStale() ? History.End.EARLY : null) : History.End.STOPPED;
  }

  private void makeStep(Batches batches) {
    Batches.Batch batch = batches.next();
    if (batch == null) {
      throw new InternalException("no batch for step %d of epoch %d".formatted(step + 1, epoch + 1));
    }
    learningRate = rate();
    long found;
    synchronized (core) {
      stepLoss = core.step(learningRate, batch.samples(), batch.labels(), batch.size());
      found = core.correct();
    }
    if (!Double.isFinite(stepLoss)) {
      throw new TrainingException(
          "step %,d of epoch %d: the loss or a gradient is no finite number (update %,d, learning rate %s): ".formatted(
              step + 1, epoch + 1, core.steps() + 1, learningRate)
              + "try a lower learning rate or gradient clipping, and look for such numbers in the data");
    }
    lossSum += stepLoss * batch.size();
    correct += found;
    samples += batch.size();
    step++;
    options.listener().onStep(this);
  }

  /** Of the step that comes next. */
  private double rate() {
    return baseRate * options.schedule().factor(epoch + (double) step / steps, options.epochCount());
  }

  /** Validates and starts the next epoch; false if it was asked to stop meanwhile. */
  private boolean finishEpoch() {
    double seconds = seconds();
    Evaluation validation = null;
    Dataset other = options.validation();
    if (other != null) {
      validation = trainer.evaluate(other, trainer::isStopping);
      if (validation == null) {
        save();
        return false;
      }
    }
    EpochMetrics metrics = new EpochMetrics(epoch, core.steps(), loss(), accuracy(), validation, learningRate, seconds);
    history.add(metrics);
    if (options.patience() > 0) {
      best.offer(metrics.decisiveLoss(), core);
    }
    step = 0;
    lossSum = 0;
    correct = 0;
    samples = 0;
    secondsBefore = 0;
    started = System.nanoTime();
    save(epoch + 1);
    options.listener().onEpoch(metrics);
    return true;
  }

  private double seconds() {
    return secondsBefore + (System.nanoTime() - started) / 1e9;
  }

  /** Whether the loss has not fallen for as long as early stopping waits. */
  private boolean isStale() {
    if (options.patience() == 0 || history.size() <= options.patience()) {
      return false;
    }
    int best = 0;
    for (int i = 1; i < history.size(); i++) {
      best = history.get(i).decisiveLoss() < history.get(best).decisiveLoss() ? i : best;
    }
    return history.size() - 1 - best >= options.patience();
  }

  private void save() {
    save(epoch);
  }

  private void save(int currentEpoch) {
    Path file = options.checkpoint();
    if (file == null) {
      return;
    }
    double seconds = step == 0 ? 0 : seconds();
    Checkpoint.write(file, core, best, new Checkpoint.Place(currentEpoch, step, lossSum, correct, samples, seconds, history), setup());
    options.listener().onCheckpoint(file);
  }

  private void restore(Checkpoint.Place place) {
    epoch = place.epoch();
    step = Math.max(0, place.step() - 1);
    learningRate = rate();   // what is reported if the epoch has no step left to be made
    step = place.step();
    lossSum = place.lossSum();
    correct = place.correct();
    samples = place.samples();
    secondsBefore = place.seconds();
    history.addAll(place.history());
  }

  /** What must not change between a checkpoint and its resumption, or the bits would. */
  private Map<String, String> setup() {
    TrainOptions training = trainer.options();
    Map<String, String> setup = new LinkedHashMap<>();
    setup.put("network", trainer.network().toString());
    setup.put("optimizer", training.optimizer().toString());
    setup.put("loss", "smoothing=" + training.loss().labelSmoothing() + " heads=" + new TreeMap<>(training.loss().headWeights()));
    setup.put("frozen", String.join(",", training.frozenLayers(trainer.network())));
    setup.put("dropout", training.dropout() ? "seed " + training.seed() : "none");
    setup.put("seed", Long.toString(options.seed()));
    setup.put("batch", Integer.toString(options.batch()));
    setup.put("samples", Integer.toString(data.size()));
    setup.put("shuffled", Boolean.toString(options.shuffled()));
    setup.put("augmentation", options.augmentation().toString());
    setup.put("early stopping", options.patience() > 0 ? "asked for" : "not asked for");   // then the best epoch's weights are there
    return setup;
  }

  @Override
  public int epoch() {
    return epoch;
  }

  @Override
  public int epochs() {
    return options.epochCount();
  }

  @Override
  public int step() {
    return step;
  }

  @Override
  public int steps() {
    return steps;
  }

  @Override
  public double stepLoss() {
    return stepLoss;
  }

  @Override
  public double loss() {
    return samples == 0 ? 0 : lossSum / samples;
  }

  @Override
  public double accuracy() {
    return samples == 0 ? 0 : (double) correct / samples;
  }

  @Override
  public double learningRate() {
    return learningRate;
  }
}
