package org.quintet.benchmarks.peers;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.benchmarks.Subject;

/** Quintet, ONNX Runtime and PyTorch (by DJL) on the same networks, weights and picture. Their answers are compared first. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 3)
@Fork(1)
public class PeersBenchmark {
  private static final double TOLERANCE = 1e-4;   // of the largest logit; each library rounds in an order of its own

  @Param({"lenet5", "alexnet", "vgg16", "vgg19", "googlenet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"})
  public String network = "lenet5";

  @Param({"1", "2"})
  public int threads = 1;

  @Param({"quintet", "onnxruntime", "pytorch"})
  public String library = "quintet";

  @SuppressWarnings("NullAway.Init")
  private Peer peer;

  /** Loads the network into the library and holds its answer against Quintet's. */
  @Setup
  public void load() {
    Network subject = Subject.network(network);
    try (Weights weights = Subject.weights(subject)) {
      peer = Peer.open(library, subject, weights, 1, threads);
      if (!library.equals("quintet")) {
        try (Peer quintet = Peer.open("quintet", subject, weights, 1, 1)) {
          compare(peer.logits(), quintet.logits());
        }
      }
    }
  }

  /** Frees what the library holds. */
  @TearDown
  public void close() {
    peer.close();
  }

  /** One run. */
  @Benchmark
  public void run() {
    peer.run();
  }

  private void compare(float[] theirs, float[] ours) {
    double largest = 0;
    double error = theirs.length == ours.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(ours.length, theirs.length); i++) {
      largest = Math.max(largest, Math.abs(ours[i]));
      error = Math.max(error, Math.abs(ours[i] - theirs[i]));
    }
    if (!(error <= TOLERANCE * largest)) {
      throw new IllegalStateException("%s computes another %s: %g apart, largest logit %g".formatted(library, network, error, largest));
    }
  }
}
