package org.quintet;

import org.quintet.data.Dataset;
import org.quintet.internal.SeededRandom;

/** Networks and data small enough to be trained within a test. */
final class TinyNetworks {
  private TinyNetworks() {}

  /** A convolution with batch norm, dropout and a dense layer over 1 x 8 x 8; three classes. */
  static Network withEverything() {
    Graph graph = new Graph("tiny");
    Node x = graph.input(1, 8, 8).convolution("conv", Convolution.of(4, 3).same()).batchNorm("norm", BatchNorm.keras(1e-3)).relu("relu");
    x = x.maxPool("pool", Pool.of(2)).flatten("flatten").layer("dense").dense("dense.linear", Dense.of(16)).layer("dense").relu("dense");
    Node logits = x.dropout("drop", 0.2).layer("out").dense("out.logits", Dense.of(3));
    graph.head("out", logits, logits.layer("out").softmax("out"));
    return graph.build("test");
  }

  /** Noise with a bright row whose place is the class. */
  static Dataset rows(int size) {
    return Dataset.of(size, (index, target) -> {
      SeededRandom random = new SeededRandom(index, 0, 0);
      int label = index % 3;
      for (int i = 0; i < 64; i++) {
        target.put((float) (random.within(0.5) + (i / 8 == 1 + 2 * label ? 1 : 0)));
      }
      return label;
    });
  }
}
