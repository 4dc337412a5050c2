package org.quintet.benchmarks.peers;

import org.quintet.Network;
import org.quintet.Weights;

/** A library with a network loaded, one picture in place. */
interface Peer extends AutoCloseable {

  /** Computes the logits of the picture and throws them away. */
  void run();

  /** Computes the logits of the picture. */
  float[] logits();

  @Override
  void close();

  /** The library {@code name}: quintet, onnxruntime or pytorch. */
  static Peer open(String name, Network network, Weights weights, int batch, int threads) {
    return switch (name) {
      case "quintet" -> new QuintetPeer(network, weights, batch, threads);
      case "onnxruntime" -> new OnnxRuntimePeer(network, weights, batch, threads);
      case "pytorch" -> new PyTorchPeer(network, weights, batch, threads);
      default -> throw new IllegalArgumentException("no library " + name);
    };
  }
}
