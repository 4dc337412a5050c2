package org.quintet.models;

import org.quintet.Convolution;
import org.quintet.Dense;
import org.quintet.Graph;
import org.quintet.Node;

/**
 * The names of a linear layer (convolution or dense) and of the activation behind it.
 *
 * <p>Keras and Caffe give both one name, which stands for the value after the activation ({@link #whole}); PyTorch counts
 * them as two ({@link #pair}).
 *
 * @param linear node holding the value before the activation
 * @param layer prefix of the parameters' names and row of the summary
 * @param activation node holding the value after the activation
 */
record Unit(String linear, String layer, String activation) {
  /** One name for both: {@code conv1} is the activated value, {@code conv1.weight} its parameter. */
  static Unit whole(String name) {
    return new Unit(name + ".linear", name, name);
  }

  /** The same for a network's answer, whose value before the softmax has a name of its own: {@code preds.logits}. */
  static Unit answer(String name) {
    return new Unit(name + ".logits", name, name);
  }

  /** A name each. */
  static Unit pair(String linear, String activation) {
    return new Unit(linear, linear, activation);
  }

  /** Convolution and ReLU. */
  Node convolution(Node x, Convolution shape) {
    return x.layer(layer).convolution(linear, shape).relu(activation);
  }

  /** Dense layer and ReLU. */
  Node dense(Node x, int units) {
    return x.layer(layer).dense(linear, Dense.of(units)).relu(activation);
  }

  /** Dense layer and softmax: a head of the graph, named {@code head}. */
  void head(Graph graph, String head, Node x, int classes) {
    Node logits = x.layer(layer).dense(linear, Dense.of(classes));
    graph.head(head, logits, logits.layer(layer).softmax(activation));
  }

  /** The same, the head named as the layer. */
  void head(Graph graph, Node x, int classes) {
    head(graph, layer, x, classes);
  }
}
