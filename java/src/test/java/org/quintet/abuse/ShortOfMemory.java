package org.quintet.abuse;

import java.io.IOException;
import java.nio.file.Path;
import org.quintet.CompileOptions;
import org.quintet.Dense;
import org.quintet.Graph;
import org.quintet.Model;
import org.quintet.NativeMemoryException;
import org.quintet.Network;
import org.quintet.Node;
import org.quintet.Weights;
import org.quintet.testing.ProcessStatus;

/** Compiles and runs networks that are too large for what {@code ulimit -v} leaves, and afterwards one that is not. */
final class ShortOfMemory {
  private static final long LEFT = 384L << 20;

  private ShortOfMemory() {}

  /** A dense layer of {@code units} over {@code inputs} values in one channel. */
  static Network network(int inputs, int units) {
    Graph graph = new Graph("large");
    Node logits = graph.input(1, 1, inputs).dense("dense", Dense.of(units));
    graph.head("main", logits, null);
    return graph.build("test");
  }

  /** Argument: the large network's weight file. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    runSmall();
    try (Weights weights = Weights.open(Path.of(arguments[0]))) {
      limitAddressSpace();
      expectMemoryError("compile", () -> network(1 << 14, 1 << 14).compile(weights, CompileOptions.defaults().threads(1)).close());
      expectMemoryError("run", ShortOfMemory::runManyPictures);
      expectMemoryError("weights", () -> Weights.random(network(1 << 14, 1 << 14), 1).close());
      runSmall();
    }
    System.out.println("alive");
  }

  private static void runSmall() {
    Network network = network(64, 10);
    try (Weights weights = Weights.random(network, 1);
        Model model = network.compile(weights, CompileOptions.defaults().threads(1))) {
      model.session().run();
    }
  }

  /** The weights are few, but the values between two layers of so many pictures are not. */
  private static void runManyPictures() {
    Graph graph = new Graph("wide");
    Node wide = graph.input(1, 1, 1).dense("wide", Dense.of(1 << 12)).relu("relu");
    Node logits = wide.dense("dense", Dense.of(1));
    graph.head("main", logits, null);
    Network network = graph.build("test");
    try (Weights weights = Weights.random(network, 1);
        Model model = network.compile(weights, CompileOptions.defaults().threads(1).batch(1 << 16))) {
      model.session().run();
    }
  }

  private static void limitAddressSpace() throws IOException, InterruptedException {
    String limit = "--as=" + (ProcessStatus.addressSpace() + LEFT);
    int exit = new ProcessBuilder("prlimit", "--pid", Long.toString(ProcessHandle.current().pid()), limit).inheritIO().start().waitFor();
    if (exit != 0) {
      throw new IllegalStateException("prlimit failed with " + exit);
    }
  }

  private static void expectMemoryError(String when, Runnable action) {
    try {
      action.run();
      System.out.println(when + ": went well");
    } catch (NativeMemoryException e) {
      System.out.println(when + ": " + e.getMessage());
    }
  }
}
