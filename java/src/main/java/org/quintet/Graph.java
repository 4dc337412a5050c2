package org.quintet;

import org.jspecify.annotations.Nullable;
import org.quintet.internal.NativeHandle;
import org.quintet.internal.bindings.Core;
import org.quintet.internal.bindings.NativeGraph;

/**
 * A network under construction. Every operator is checked as it is added: shapes are inferred once, by the native core, and what
 * does not fit is a {@link ShapeException} naming the node and the axis.
 *
 * <p>Not thread-safe. Needs no closing: what it holds is small, and freed with the graph and the networks built from it.
 *
 * <pre>{@code
 * Graph graph = new Graph("tiny");
 * Node x = graph.input(3, 32, 32).convolution("conv", Convolution.of(8, 3).same()).relu("relu").globalAveragePool("pool");
 * Node logits = x.dense("dense", Dense.of(10));
 * graph.head("main", logits, logits.softmax("softmax"));
 * Network network = graph.build("default");
 * }</pre>
 */
public final class Graph {
  private final String name;
  private final NativeHandle<NativeGraph> handle;
  private boolean built;

  /** An empty graph; {@code name} is the network's. */
  public Graph(String name) {
    this.name = name;
    this.handle = NativeHandle.collected("graph " + name, () -> new NativeGraph(name), Core::destroy);
  }

  /** The picture, as the node {@code input}. Exactly one per graph, and first. */
  public Node input(int channels, int height, int width) {
    checkOpen();
    return node(handle.use(graph -> graph.input("input", channels, height, width)));
  }

  /**
   * Declares an answer of the network; the first head declared is the main one.
   *
   * @param name unique among the heads
   * @param logits scores before any softmax
   * @param softmax their softmax, if the network has it
   */
  public void head(String name, Node logits, @Nullable Node softmax) {
    checkOpen();
    int first = idOf(logits);
    int second = softmax == null ? -1 : idOf(softmax);
    handle.use(
        graph -> {
          graph.head(name, first, second);
          return graph;
        });
  }

  /**
   * The finished description. The graph takes no more nodes after that.
   *
   * @param variant which form of the network this is, such as {@code article} or {@code torchvision}
   */
  public Network build(String variant) {
    built = true;
    return new Network(name, variant, handle);
  }

  /** Adds one operator: native/src/ops lists them with their attributes. */
  Node add(String op, String name, String layer, String attributes, Node... inputs) {
    checkOpen();
    int[] ids = new int[inputs.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = idOf(inputs[i]);
    }
    return node(handle.use(graph -> graph.add(op, name, layer, ids, ids.length, attributes)));
  }

  private Node node(int id) {
    return handle.use(graph -> new Node(this, id, graph.node_name(id), NetworkReader.nodeShape(graph, id), ""));
  }

  private int idOf(Node node) {
    if (node.graph() != this) {
      throw new ArgumentException("node " + node.name() + " belongs to another graph than " + name);
    }
    return node.id();
  }

  private void checkOpen() {
    if (built) {
      throw new ArgumentException("graph " + name + " is built: no more can be added");
    }
  }
}
