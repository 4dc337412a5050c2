package org.quintet;

/**
 * One operator's result in a {@link Graph}. Each method adds an operator that reads this node and returns the new node; names are
 * unique in a graph and are those of the parameters too ({@code <name>.weight}) unless {@link #layer} says otherwise.
 *
 * <p>Shapes leave the batch out: channels, height, width of a picture, or the features of a vector. Thrown by all: {@link
 * ShapeException} if it does not fit, {@link ArgumentException} if a number or name is wrong in itself.
 */
public final class Node {
  private final Graph graph;
  private final int id;
  private final String name;
  private final long[] shape;
  private final String nextLayer;

  Node(Graph graph, int id, String name, long[] shape, String nextLayer) {
    this.graph = graph;
    this.id = id;
    this.name = name;
    this.shape = shape;
    this.nextLayer = nextLayer;
  }

  /**
   * This node, but the next node added to it gets {@code layer} as the prefix of its parameters' names and as its row in the
   * summary: {@code x.layer("conv1").convolution("conv1.linear", c).layer("conv1").relu("conv1")} is one layer of two nodes.
   */
  public Node layer(String layer) {
    return new Node(graph, id, name, shape, layer);
  }

  /** A convolution. */
  public Node convolution(String name, Convolution convolution) {
    return add("convolution", name, convolution.attributes());
  }

  /** A fully connected layer; flattens a picture itself. */
  public Node dense(String name, Dense dense) {
    return add("dense", name, dense.attributes());
  }

  /** The largest value of each window. */
  public Node maxPool(String name, Pool pool) {
    return add("max_pool", name, pool.attributes());
  }

  /** The mean of each window. */
  public Node averagePool(String name, Pool pool) {
    return add("average_pool", name, pool.attributes() + " count_padding=" + pool.paddingCounts());
  }

  /** The sum of each window. */
  public Node sumPool(String name, Pool pool) {
    return add("sum_pool", name, pool.attributes());
  }

  /** The mean of each channel, as a vector. */
  public Node globalAveragePool(String name) {
    return add("global_average_pool", name, "");
  }

  /** Means over a grid of {@code height} by {@code width} cells that cover the picture (PyTorch's adaptive pooling). */
  public Node adaptiveAveragePool(String name, int height, int width) {
    return add("adaptive_average_pool", name, "size=" + height + "," + width);
  }

  /** Batch normalisation. */
  public Node batchNorm(String name, BatchNorm norm) {
    return add("batch_norm", name, norm.attributes());
  }

  /** max(x, 0). */
  public Node relu(String name) {
    return add("relu", name, "");
  }

  /** 1 / (1 + exp(-x)). */
  public Node sigmoid(String name) {
    return add("sigmoid", name, "");
  }

  /** The hyperbolic tangent. */
  public Node tanh(String name) {
    return add("tanh", name, "");
  }

  /** exp(x) over their sum, across the features of a vector. */
  public Node softmax(String name) {
    return add("softmax", name, "");
  }

  /** The same values under another name. */
  public Node identity(String name) {
    return add("identity", name, "");
  }

  /** A picture as a vector, in the order channels, height, width. */
  public Node flatten(String name) {
    return add("flatten", name, "");
  }

  /** Zeroes a share of the values while training; does nothing in inference. */
  public Node dropout(String name, double rate) {
    return add("dropout", name, "rate=" + rate);
  }

  /** The sum with another node of the same shape. */
  public Node add(String name, Node other) {
    return graph.add("add", name, nextLayer, "", this, other);
  }

  /** This node's channels and then those of {@code others}. */
  public Node concat(String name, Node... others) {
    Node[] inputs = new Node[others.length + 1];
    inputs[0] = this;
    System.arraycopy(others, 0, inputs, 1, others.length);
    return graph.add("concat", name, nextLayer, "", inputs);
  }

  /** Local response normalisation across {@code size} channels; alpha is divided by size, as in Caffe. */
  public Node lrn(String name, int size, double alpha, double beta, double k) {
    return add("lrn", name, "size=" + size + " alpha=" + alpha + " beta=" + beta + " k=" + k);
  }

  /** Rows and columns of zeros around a picture. */
  public Node zeroPad(String name, int top, int left, int bottom, int right) {
    return add("zero_pad", name, "padding=" + Padding.of(top, left, bottom, right).attribute());
  }

  /** weight[channel] * x + bias[channel]. */
  public Node scaleShift(String name) {
    return add("scale_shift", name, "");
  }

  /** This node's name. */
  public String name() {
    return name;
  }

  /** Channels of a picture, or features of a vector. */
  public int channels() {
    return (int) shape[0];
  }

  /** Rows of a picture; 1 for a vector. */
  public int height() {
    return shape.length == 1 ? 1 : (int) shape[1];
  }

  /** Columns of a picture; 1 for a vector. */
  public int width() {
    return shape.length == 1 ? 1 : (int) shape[2];
  }

  /** Channels, height, width; or features. */
  public long[] shape() {
    return shape.clone();
  }

  Graph graph() {
    return graph;
  }

  int id() {
    return id;
  }

  private Node add(String op, String newName, String attributes) {
    return graph.add(op, newName, nextLayer, attributes, this);
  }
}
