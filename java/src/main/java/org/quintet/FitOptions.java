package org.quintet;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.quintet.data.Augmentation;
import org.quintet.data.Dataset;

/**
 * How {@link Trainer#fit} goes through a data set. Immutable; begins with {@link #epochs(int)}, and each method returns a changed copy.
 *
 * <pre>{@code
 * trainer.fit(Mnist.train(dir), epochs(5).batch(64).validation(Mnist.test(dir)));
 * }</pre>
 */
public final class FitOptions {
  private static final FitListener SILENCE = new FitListener() {};

  private final Values values;

  private FitOptions(Values values) {
    this.values = values;
  }

  /** Mutable while a copy is made, never afterwards. */
  private static final class Values implements Cloneable {
    private int epochs;
    private int batch = 32;
    private long seed;
    private boolean shuffled = true;
    private Augmentation augmentation = Augmentation.NONE;
    private Schedule schedule = Schedule.constant();
    private @Nullable Dataset validation;
    private int patience;
    private @Nullable Path checkpoint;
    private long checkpointEvery;
    private @Nullable Path resume;
    private FitListener listener = SILENCE;

    Values copy() {
      try {
        return (Values) clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private interface Change {
    void on(Values copy);
  }

  private FitOptions with(Change change) {
    Values copy = values.copy();
    change.on(copy);
    return new FitOptions(copy);
  }

  /** So many times through the data, in batches of 32, shuffled by seed 0, without distortion. */
  public static FitOptions epochs(int number) {
    atLeast("epochs", number, 1);
    Values values = new Values();
    values.epochs = number;
    return new FitOptions(values);
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new ArgumentException(name + " is " + value + ", the least is " + least);
    }
  }

  /** Samples of a step; an epoch's last step has what is left. */
  public FitOptions batch(int samples) {
    atLeast("batch", samples, 1);
    return with(v -> v.batch = samples);
  }

  /** The seed of the order of samples and of their distortion. */
  public FitOptions seed(long number) {
    return with(v -> v.seed = number);
  }

  /** Lets samples come in their own order in every epoch. */
  public FitOptions inOrder() {
    return with(v -> v.shuffled = false);
  }

  /** How samples are distorted. */
  public FitOptions augment(Augmentation how) {
    return with(v -> v.augmentation = how);
  }

  /** How the learning rate changes. */
  public FitOptions schedule(Schedule how) {
    return with(v -> v.schedule = how);
  }

  /** Evaluates on other data behind every epoch. */
  public FitOptions validation(Dataset data) {
    return with(v -> v.validation = data);
  }

  /**
   * Ends when the loss, on the validation data if there are any, has not fallen below its least for so many epochs in a row. Whether it
   * ends so or after the last epoch, the parameters are then those of the epoch with the least loss (Keras's
   * {@code restore_best_weights}); when it is stopped, and in checkpoints, they are the latest.
   */
  public FitOptions earlyStop(int epochs) {
    atLeast("early stop", epochs, 1);
    return with(v -> v.patience = epochs);
  }

  /**
   * Saves all that is needed to go on, behind every epoch and, if {@code everySteps} is not 0, every so many steps. The file is
   * replaced as a whole or not at all.
   */
  public FitOptions checkpoint(Path file, long everySteps) {
    atLeast("steps between checkpoints", everySteps, 0);
    return with(v -> {
      v.checkpoint = file;
      v.checkpointEvery = everySteps;
    });
  }

  /** Goes on where a checkpoint was written: with the same data and options, to the same bits. */
  public FitOptions resume(Path file) {
    return with(v -> v.resume = file);
  }

  /** Told of progress, in the thread that trains. */
  public FitOptions listener(FitListener told) {
    return with(v -> v.listener = told);
  }

  /** How often through the data. */
  public int epochCount() {
    return values.epochs;
  }

  /** Samples of a full step. */
  public int batch() {
    return values.batch;
  }

  long seed() {
    return values.seed;
  }

  boolean shuffled() {
    return values.shuffled;
  }

  Augmentation augmentation() {
    return values.augmentation;
  }

  Schedule schedule() {
    return values.schedule;
  }

  @Nullable Dataset validation() {
    return values.validation;
  }

  /** 0: never stops early. */
  int patience() {
    return values.patience;
  }

  @Nullable Path checkpoint() {
    return values.checkpoint;
  }

  long checkpointEvery() {
    return values.checkpointEvery;
  }

  @Nullable Path resume() {
    return values.resume;
  }

  FitListener listener() {
    return values.listener;
  }
}
