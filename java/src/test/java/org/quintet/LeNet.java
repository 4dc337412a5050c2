package org.quintet;

/** The article's LeNet-5, written out, for tests that need a small whole network. */
final class LeNet {
  private LeNet() {}

  static Network network() {
    Graph graph = new Graph("lenet5");
    Node x = conv(graph.input(1, 32, 32), "conv1", 20).maxPool("pool1", Pool.of(2));
    x = conv(x, "conv2", 50).maxPool("pool2", Pool.of(2)).flatten("flatten");
    x = x.layer("dense1").dense("dense1.linear", Dense.of(500)).layer("dense1").relu("dense1");
    Node logits = x.layer("preds").dense("preds.logits", Dense.of(10));
    graph.head("preds", logits, logits.layer("preds").softmax("preds"));
    return graph.build("article");
  }

  private static Node conv(Node x, String name, int filters) {
    return x.layer(name).convolution(name + ".linear", Convolution.of(filters, 5).same()).layer(name).relu(name);
  }
}
