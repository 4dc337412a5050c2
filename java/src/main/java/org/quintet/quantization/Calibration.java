package org.quintet.quantization;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.quintet.ArgumentException;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Network.Operator;
import org.quintet.Session;
import org.quintet.Sweep;
import org.quintet.Weights;
import org.quintet.data.Dataset;
import org.quintet.weights.Shapes;

/** What the nodes of a network hold while it runs, unquantised, over some samples: how values are distributed, and the mean of each. */
final class Calibration {
  /** Values of all observed nodes of a batch: 128 MiB. */
  private static final long BATCH_VALUES = 1 << 25;

  private static final int MOST_SAMPLES = 32;

  private final Map<String, Histogram> histograms;
  private final Map<String, Mean> means;

  private Calibration(Map<String, Histogram> histograms, Map<String, Mean> means) {
    this.histograms = histograms;
    this.means = means;
  }

  /** Values by node, in the network's order. */
  Map<String, Histogram> histograms() {
    return histograms;
  }

  /** The mean over the samples of every value of a node that a layer reads: C,H,W or features. */
  float[] mean(String node) {
    return means.get(node).values();
  }

  /**
   * Runs {@code network} over {@code data}.
   *
   * @param options how to compile; outputs, heads and batch are set here
   * @throws ArgumentException if a value is infinite or no number; names the node
   */
  static Calibration of(Network network, MainPath path, Weights weights, CompileOptions options, Dataset data, Progress progress) {
    List<Operator> stored = path.stored();
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    stored.forEach(o -> histograms.put(o.name(), new Histogram()));
    Set<String> read = path.layers().stream().map(LinearLayer::input).collect(Collectors.toSet());
    Map<String, Mean> means = stored.stream().filter(o -> read.contains(o.name()))
        .collect(Collectors.toMap(Operator::name, o -> new Mean(Shapes.elements(o.outputShape()))));
    int batch = batch(stored);
    String[] outputs = stored.stream().map(Operator::name).toArray(String[]::new);
    CompileOptions observing = options.batch(Math.min(batch, Math.max(1, data.size()))).outputs(outputs).heads(path.output());
    try (Model model = network.compile(weights, observing)) {
      int[] done = {0};
      Sweep.over(data, batch, 0, (sessions, samples) -> {
        histograms.keySet().parallelStream().forEach(node -> observe(node, sessions.get(0), histograms, means));
        done[0] += samples.size();
        progress.at("calibrating", done[0], data.size());
      }, model);
    }
    return new Calibration(histograms, means);
  }

  private static int batch(List<Operator> stored) {
    long values = stored.stream().mapToLong(o -> Shapes.elements(o.outputShape())).sum();
    return (int) Math.max(1, Math.min(MOST_SAMPLES, BATCH_VALUES / values));
  }

  private static void observe(String node, Session session, Map<String, Histogram> histograms, Map<String, Mean> means) {
    try {
      histograms.get(node).add(session.output(node));
    } catch (ArgumentException e) {
      throw new ArgumentException("%s: %s; such weights cannot be quantised".formatted(node, e.getMessage()), e);
    }
    Mean mean = means.get(node);
    if (mean != null) {
      mean.add(session.output(node));
    }
  }

  /** Sums up samples, value by value. */
  private static final class Mean {
    private final double[] sums;
    private final float[] sample;
    private long samples;

    Mean(long values) {
      sums = new double[Math.toIntExact(values)];
      sample = new float[sums.length];
    }

    void add(FloatBuffer batch) {
      while (batch.hasRemaining()) {
        batch.get(sample);
        for (int i = 0; i < sums.length; i++) {
          sums[i] += sample[i];
        }
        samples++;
      }
    }

    float[] values() {
      float[] mean = new float[sums.length];
      for (int i = 0; i < sums.length; i++) {
        mean[i] = (float) (sums[i] / samples);
      }
      return mean;
    }
  }
}
