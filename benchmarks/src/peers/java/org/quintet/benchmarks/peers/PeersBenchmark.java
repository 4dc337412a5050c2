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
          Answers.compare(library + " on " + network, peer.logits(), quintet.logits());
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
}
