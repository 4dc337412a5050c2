package org.quintet.abuse;

import org.quintet.CompileOptions;
import org.quintet.Dense;
import org.quintet.Graph;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Node;
import org.quintet.Quintet;
import org.quintet.Weights;

/** Opens weights, a model and a session, forgets all three, and waits until the native memory is free again. */
final class LeakingProgram {
  private LeakingProgram() {}

  public static void main(String[] arguments) throws InterruptedException {
    leak();
    for (int i = 0; i < 200 && Quintet.nativeMemory() > 0; i++) {
      System.gc();
      Thread.sleep(20);
    }
    System.out.println("nativeMemory=" + Quintet.nativeMemory());
  }

  private static void leak() {
    Graph graph = new Graph("leaky");
    Node logits = graph.input(3, 8, 8).dense("dense", Dense.of(5));
    graph.head("main", logits, null);
    Network network = graph.build("test");
    Weights weights = Weights.random(network, 1);
    Model model = network.compile(weights, CompileOptions.defaults());
    model.session().run();
  }
}
