package org.quintet.models;

import org.quintet.Graph;
import org.quintet.Node;

/** How a family writes itself into a graph. */
@FunctionalInterface
interface Composition {
  /** Adds every layer behind {@code picture} and declares the heads, the main one first. */
  void compose(Graph graph, Node picture, Choices choices);

  /**
   * What a user may choose.
   *
   * @param variant one that the network has
   * @param classes units of every head
   * @param auxiliaryHeads whether heads that only help training are wanted, where a network has them
   */
  record Choices(Variant variant, int classes, boolean auxiliaryHeads) {}
}
