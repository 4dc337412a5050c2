package org.quintet;

import java.nio.file.Path;

/** Tunes a tiny network with so many filters, several times over, into a directory. */
final class TuningProgram {
  private TuningProgram() {}

  static Network network(int filters) {
    Graph graph = new Graph("tiny");
    Node x = graph.input(8, 12, 12).convolution("conv", Convolution.of(filters, 3).same()).relu("relu");
    graph.head("main", x.globalAveragePool("pool").dense("dense", Dense.of(3)), null);
    return graph.build("test");
  }

  static Tuning tune(int filters, CompileOptions options) {
    Network network = network(filters);
    try (Weights weights = Weights.random(network, 1)) {
      return network.tune(weights, options);
    }
  }

  public static void main(String[] arguments) {
    for (int filters = Integer.parseInt(arguments[1]); filters < Integer.parseInt(arguments[2]); filters++) {
      tune(filters, CompileOptions.defaults().threads(1).tune(Path.of(arguments[0])));
    }
  }
}
