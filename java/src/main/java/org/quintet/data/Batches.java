package org.quintet.data;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.quintet.ArgumentException;
import org.quintet.ClosedException;
import org.quintet.ShapeException;
import org.quintet.internal.SeededRandom;
import org.quintet.internal.Threads;
import org.quintet.pictures.Normalization;

/**
 * The batches of one or more epochs in order, each prepared by a thread of its own while the one before is computed: read, distorted,
 * normalised, in direct memory that is used again and again.
 *
 * <p>What is in a batch depends on data set and {@link Plan} alone, never on timing. One thread takes batches; {@link #close()} may
 * come from any.
 */
public final class Batches implements AutoCloseable {
  private static final int AHEAD = 3;
  private static final int ALIGNMENT = 64;

  private final Dataset data;
  private final Plan plan;
  private final BlockingQueue<Batch> free = new ArrayBlockingQueue<>(AHEAD);
  private final BlockingQueue<Batch> ready = new ArrayBlockingQueue<>(AHEAD + 1);
  private final Thread thread;
  private volatile boolean closed;
  private @Nullable Batch given;

  /**
   * What is to come.
   *
   * @param batch samples of a full batch; an epoch's last one has what is left
   * @param channels of a sample
   * @param height of a sample
   * @param width of a sample
   * @param classes labels are less than this; 0: nobody looks at labels
   * @param shuffled whether samples come in an order by chance, another one each epoch
   * @param seed of that order and of distortions
   * @param augmentation how samples are distorted
   * @param firstEpoch number of the first epoch, from 0
   * @param firstStep number of its first batch that is wanted, from 0
   * @param epochs number behind the last epoch
   */
  public record Plan(
      int batch,
      int channels,
      int height,
      int width,
      int classes,
      boolean shuffled,
      long seed,
      Augmentation augmentation,
      int firstEpoch,
      int firstStep,
      int epochs) {
    /** Once through all samples in their order, as they are. */
    public static Plan once(int batch, int channels, int height, int width, int classes) {
      return new Plan(batch, channels, height, width, classes, false, 0, Augmentation.NONE, 0, 0, 1);
    }

    int floats() {
      return Math.multiplyExact(Math.multiplyExact(channels, height), width);
    }
  }

  /** Samples side by side. Belongs to {@link Batches} again as soon as the next one is asked for. */
  public static final class Batch {
    private final FloatBuffer samples;
    private final int[] labels;
    private int size;
    private int epoch;
    private int step;
    private @Nullable Throwable failure;
    private boolean end;

    private Batch(int count, int floats) {
      long numbers = Math.multiplyExact((long) count, floats);
      // An aligned slice begins and ends on the boundary: room for both.
      long bytes = numbers * Float.BYTES + 2 * ALIGNMENT;
      if (bytes > Integer.MAX_VALUE) {
        throw new ArgumentException("a batch of %,d samples of %,d numbers is too large".formatted(count, floats));
      }
      ByteBuffer memory = ByteBuffer.allocateDirect((int) bytes).alignedSlice(ALIGNMENT).order(ByteOrder.nativeOrder());
      samples = memory.asFloatBuffer().slice(0, (int) numbers);
      labels = new int[count];
    }

    /** N,C,H,W from position 0 to the limit: direct, of native byte order, on a 64-byte boundary. */
    public FloatBuffer samples() {
      return samples;
    }

    /** Classes; as many as {@link #size()} count, though the array may be longer. */
    public int[] labels() {
      return labels;
    }

    /** Samples in it. */
    public int size() {
      return size;
    }

    /** The epoch it belongs to, from 0. */
    public int epoch() {
      return epoch;
    }

    /** Its number in the epoch, from 0. */
    public int step() {
      return step;
    }
  }

  /**
   * Starts preparing.
   *
   * @throws ArgumentException if there are no samples, or the batch or picture has no size
   */
  public Batches(Dataset data, Plan plan) {
    if (data.size() == 0) {
      throw new ArgumentException("the data set is empty");
    }
    if (plan.batch() < 1 || plan.floats() < 1) {
      throw new ArgumentException("batches of " + plan.batch() + " samples of " + plan.floats() + " numbers are impossible");
    }
    this.data = data;
    this.plan = plan;
    for (int i = 0; i < AHEAD; i++) {
      free.add(new Batch(Math.min(plan.batch(), data.size()), plan.floats()));
    }
    thread = Threads.background("quintet-batches", this::prepareAll);
  }

  /** Batches of an epoch of {@code samples}. */
  public static int steps(int samples, int batch) {
    return (int) (((long) samples + batch - 1) / batch);
  }

  /**
   * The next batch; null behind the last. Takes back the one before.
   *
   * @throws org.quintet.FormatException if a sample cannot be read
   * @throws ArgumentException if a label is out of range
   * @throws ShapeException if a sample has more or fewer numbers than the network takes
   * @throws ClosedException if the batches are closed
   */
  public @Nullable Batch next() {
    if (closed) {
      throw new ClosedException("the batches are closed");
    }
    if (given != null) {
      free.add(given);
      given = null;
    }
    Batch batch = take();
    if (batch.failure != null) {
      ready.add(batch);
      throw rethrown(batch.failure);
    }
    if (batch.end) {
      ready.add(batch);
      return null;
    }
    given = batch;
    return batch;
  }

  private Batch take() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return ready.take();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static RuntimeException rethrown(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return (RuntimeException) failure;
  }

  /** Stops the thread and waits for it. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    Threads.join(thread);
  }

  private void prepareAll() {
    Batch last = new Batch(0, plan.floats());
    try {
      Preparation preparation = new Preparation();
      int step = plan.firstStep();
      for (int epoch = plan.firstEpoch(); epoch < plan.epochs(); epoch++) {
        int[] order = plan.shuffled() ? Shuffle.order(data.size(), plan.seed(), epoch) : Shuffle.identity(data.size());
        for (; step < steps(order.length, plan.batch()); step++) {
          Batch batch = free.take();
          preparation.fill(batch, order, epoch, step);
          ready.add(batch);
        }
        step = 0;
      }
      last.end = true;
    } catch (InterruptedException e) {
      last.failure = new ClosedException("the batches are closed");
    } catch (RuntimeException | Error e) {
      last.failure = e;
    }
    ready.add(last);
  }

  /** The memory and the work of the preparing thread. */
  private final class Preparation {
    private final float[] sample = new float[plan.floats()];
    private final FloatBuffer target = FloatBuffer.wrap(sample);
    private final SeededRandom random = new SeededRandom(0, 0, 0);
    private final Normalization normalization = data.normalization();
    private final @Nullable Augmenter augmenter =
        plan.augmentation().isNone() ? null : new Augmenter(plan.augmentation(), plan.channels(), plan.height(), plan.width());

    void fill(Batch batch, int[] order, int epoch, int step) throws InterruptedException {
      int from = step * plan.batch();
      batch.epoch = epoch;
      batch.step = step;
      batch.size = Math.min(plan.batch(), order.length - from);
      batch.samples.clear();
      for (int i = 0; i < batch.size; i++) {
        if (closed) {
          throw new InterruptedException();
        }
        int index = order[from + i];
        batch.labels[i] = read(index);
        if (augmenter != null) {
          random.seed(plan.seed(), epoch, index);
          augmenter.apply(sample, random);
        }
        normalization.apply(sample);
        batch.samples.put(sample);
      }
      batch.samples.flip();
    }

    private int read(int index) {
      target.clear();
      int label;
      try {
        label = data.read(index, target);
      } catch (BufferOverflowException e) {
        throw misshapen(index, "more numbers than");
      }
      if (target.hasRemaining()) {
        throw misshapen(index, "%,d numbers instead of".formatted(target.position()));
      }
      if (plan.classes() > 0 && (label < 0 || label >= plan.classes())) {
        throw new ArgumentException("%s: label %d is out of range; the network has %d classes, 0 to %d".formatted(
            data.describe(index), label, plan.classes(), plan.classes() - 1));
      }
      return label;
    }

    private ShapeException misshapen(int index, String found) {
      return new ShapeException("%s: %s the network's %d x %d x %d".formatted(
          data.describe(index), found, plan.channels(), plan.height(), plan.width()));
    }
  }
}
