package org.quintet.models;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quintet.Graph;
import org.quintet.Node;

/** The dense layers that end AlexNet and VGG: two of 4096 units with ReLU and perhaps dropout, then the answer. */
record DenseTail(List<Hidden> hidden, Unit answer, boolean dropoutFirst) {
  private static final int UNITS = 4096;
  private static final double RATE = 0.5;

  /** One hidden layer, and the name of its dropout if it has one. */
  record Hidden(Unit unit, @Nullable String dropout) {}

  /** Dropout, where there is any, behind the ReLU. */
  static DenseTail of(List<Hidden> hidden, Unit answer) {
    return new DenseTail(hidden, answer, false);
  }

  /** Dropout before each dense layer (torchvision's AlexNet); training sees the difference, inference does not. */
  static DenseTail dropoutFirst(List<Hidden> hidden, Unit answer) {
    return new DenseTail(hidden, answer, true);
  }

  void compose(Graph graph, Node x, int classes) {
    for (Hidden layer : hidden) {
      x = dropoutFirst
          ? layer.unit.dense(drop(x, layer), UNITS)
          : drop(layer.unit.dense(x, UNITS), layer);
    }
    answer.head(graph, x, classes);
  }

  private static Node drop(Node x, Hidden layer) {
    return layer.dropout == null ? x : x.dropout(layer.dropout, RATE);
  }
}
