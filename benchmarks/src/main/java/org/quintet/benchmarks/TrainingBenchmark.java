package org.quintet.benchmarks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.quintet.FitListener;
import org.quintet.FitOptions;
import org.quintet.Loss;
import org.quintet.Network;
import org.quintet.Optimizer;
import org.quintet.TrainOptions;
import org.quintet.Trainer;
import org.quintet.data.Dataset;
import org.quintet.data.Mnist;
import org.quintet.models.Models;

/**
 * Times training through the public API and prints one line of JSON: what {@code training_peers.py} puts beside PyTorch and TensorFlow.
 *
 * <pre>{@code
 * TrainingBenchmark epoch DIR SAMPLES THREADS                       // LeNet-5, an epoch of MNIST in batches of 64
 * TrainingBenchmark step resnet50 torchvision BATCH SIZE THREADS SECONDS
 * }</pre>
 */
public final class TrainingBenchmark {
  private static final int WARM_STEPS = 3;
  private static final int LEAST_STEPS = 5;
  private static final int WARM_SAMPLES = 100 * 64;
  private static final Optimizer MOMENTUM = Optimizer.sgd(0.01).momentum(0.9);

  private TrainingBenchmark() {}

  /** See above. */
  public static void main(String[] arguments) {
    switch (arguments[0]) {
      case "epoch" -> epoch(Path.of(arguments[1]), Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
      case "step" -> steps(arguments[1], arguments[2], Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]),
          Integer.parseInt(arguments[5]), Double.parseDouble(arguments[6]));
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static TrainOptions options(int threads) {
    return TrainOptions.of(Loss.CATEGORICAL_CROSSENTROPY, MOMENTUM).threads(threads).seed(1);
  }

  /** A part of an epoch to be warm, then one of so many samples; its time is scaled to all of them. */
  private static void epoch(Path folder, int samples, int threads) {
    Dataset all = Mnist.train(folder);
    Dataset some = all.first(WARM_SAMPLES);
    Dataset data = all.first(samples);
    try (Trainer trainer = Models.builder("lenet5").build().trainer(options(threads))) {
      trainer.fit(some, FitOptions.epochs(1).batch(64));
      List<Double> taken = new ArrayList<>();
      StepTimes times = new StepTimes(taken);
      double seconds = trainer.fit(data, FitOptions.epochs(1).batch(64).listener(times)).epochs().get(0).seconds();
      print(seconds * 1e3 * all.size() / samples, taken, trainer);
    }
  }

  private static final class StepTimes implements FitListener {
    private final List<Double> taken;
    private long last = System.nanoTime();

    StepTimes(List<Double> taken) {
      this.taken = taken;
    }

    @Override
    public void onStep(Progress progress) {
      long now = System.nanoTime();
      taken.add((now - last) / 1e6);
      last = now;
    }
  }

  private static void steps(String name, String variant, int batch, int size, int threads, double seconds) {
    Network network = Models.builder(name).variant(variant).inputShape(size, size, 3).build();
    FloatBuffer input = noise(batch * 3 * size * size);
    int[] labels = new int[batch];
    Arrays.setAll(labels, i -> i % 10);
    try (Trainer trainer = network.trainer(options(threads))) {
      trainer.learningRate(1e-4);
      for (int i = 0; i < WARM_STEPS; i++) {
        trainer.step(input, labels);
      }
      List<Double> taken = new ArrayList<>();
      long end = System.nanoTime() + (long) (seconds * 1e9);
      while (System.nanoTime() < end || taken.size() < LEAST_STEPS) {
        long start = System.nanoTime();
        trainer.step(input, labels);
        taken.add((System.nanoTime() - start) / 1e6);
      }
      print(median(taken), taken, trainer);
    }
  }

  private static FloatBuffer noise(int floats) {
    FloatBuffer buffer = ByteBuffer.allocateDirect(floats * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
    Random random = new Random(7);
    while (buffer.hasRemaining()) {
      buffer.put((float) random.nextGaussian());
    }
    return buffer.flip();
  }

  private static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static void print(double ms, List<Double> steps, Trainer trainer) {
    System.out.printf(Locale.ROOT, "{\"ms\":%.4f,\"step_ms\":%.4f,\"least_step_ms\":%.4f,\"steps\":%d,\"arena_bytes\":%d,\"parameter_bytes\":%d}%n",
        ms, median(steps), Collections.min(steps), steps.size(), trainer.arenaBytes(), trainer.parameterBytes());
  }
}
