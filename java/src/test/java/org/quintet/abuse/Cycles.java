package org.quintet.abuse;

import java.nio.file.Path;
import org.quintet.CompileOptions;
import org.quintet.Convolution;
import org.quintet.Dense;
import org.quintet.Graph;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Node;
import org.quintet.Pool;
import org.quintet.Quintet;
import org.quintet.Session;
import org.quintet.Weights;
import org.quintet.testing.ProcessStatus;

/** Loads, compiles, runs and closes a small network over and over, and reports what the process holds early and late. */
final class Cycles {
  private Cycles() {}

  /** The network that is compiled. */
  static Network network() {
    Graph graph = new Graph("cycles");
    Node x = graph.input(1, 12, 12).convolution("conv", Convolution.of(8, 3).same()).relu("relu").maxPool("pool", Pool.of(2));
    Node logits = x.dense("dense", Dense.of(10));
    graph.head("main", logits, logits.softmax("softmax"));
    return graph.build("test");
  }

  /** Arguments: weight file, rounds, threads of a run. The first third of the rounds is for warming up. */
  public static void main(String[] arguments) {
    Path file = Path.of(arguments[0]);
    int rounds = Integer.parseInt(arguments[1]);
    CompileOptions options = CompileOptions.defaults().threads(Integer.parseInt(arguments[2]));
    Network network = network();
    repeat(network, file, options, rounds / 3);
    report("early");
    repeat(network, file, options, rounds - rounds / 3);
    report("late");
  }

  private static void repeat(Network network, Path file, CompileOptions options, int times) {
    for (int i = 0; i < times; i++) {
      try (Weights weights = Weights.open(file);
          Model model = network.compile(weights, options);
          Session session = model.session()) {
        session.run();
      }
    }
  }

  private static void report(String when) {
    System.gc();
    ProcessStatus.report(when + ".resident", ProcessStatus.resident());
    ProcessStatus.report(when + ".threads", ProcessStatus.threads());
    ProcessStatus.report(when + ".native", Quintet.nativeMemory());
  }
}
