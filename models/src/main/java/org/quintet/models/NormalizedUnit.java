package org.quintet.models;

import org.quintet.BatchNorm;
import org.quintet.Convolution;
import org.quintet.Node;

/** The names of a convolution, the batch norm behind it, and the ReLU behind that. */
record NormalizedUnit(String convolution, String norm, String relu) {
  /** Convolution and batch norm. */
  Node linear(Node x, Convolution shape, BatchNorm statistics) {
    return x.convolution(convolution, shape).batchNorm(norm, statistics);
  }

  /** Convolution, batch norm and ReLU. */
  Node activated(Node x, Convolution shape, BatchNorm statistics) {
    return linear(x, shape, statistics).relu(relu);
  }
}
