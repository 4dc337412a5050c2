package org.quintet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.quintet.internal.NativeHandle;
import org.quintet.internal.bindings.NativeGraph;

/**
 * A network's description: operators, shapes and parameter names, no numbers. Immutable and thread-safe; needs no closing.
 *
 * <p>All shapes leave the batch out.
 */
public final class Network {
  private final String name;
  private final String variant;
  private final NativeHandle<NativeGraph> graph;
  private final List<String> nodes;
  private final List<Head> heads;
  private final List<Parameter> parameters;
  private final List<Layer> layers;
  private final long[] inputShape;

  Network(String name, String variant, NativeHandle<NativeGraph> graph) {
    this.name = name;
    this.variant = variant;
    this.graph = graph;
    this.nodes = graph.use(NetworkReader::nodes);
    if (nodes.isEmpty()) {
      throw new ArgumentException("graph " + name + " has no input");
    }
    this.heads = graph.use(NetworkReader::heads);
    this.parameters = graph.use(NetworkReader::parameters);
    this.layers = graph.use(g -> NetworkReader.layers(g, parameters));
    this.inputShape = graph.use(g -> NetworkReader.nodeShape(g, 0));
  }

  /**
   * An answer of the network, by the names of its nodes.
   *
   * @param name the head's; a model's outputs are {@code <name>.logits} and {@code <name>.softmax}
   * @param logits node of the scores
   * @param softmax node of their softmax, if there is one
   */
  public record Head(String name, String logits, @Nullable String softmax) {}

  /**
   * A tensor of numbers that the network needs.
   *
   * @param name full name, such as {@code conv1.weight}
   * @param kind weight, bias, gamma, beta, mean or var
   * @param shape row-major dimensions: a convolution's weight is [filters, channels / groups, height, width], a dense layer's
   *     [units, features], all others have one dimension
   * @param trainable false for moving statistics
   */
  public record Parameter(String name, String kind, long[] shape, boolean trainable) {
    /** Row-major dimensions; a copy. */
    @Override
    public long[] shape() {
      return shape.clone();
    }

    /** Product of the shape. */
    public long elements() {
      long product = 1;
      for (long dim : shape) {
        product *= dim;
      }
      return product;
    }
  }

  /**
   * One operator as it was added, the input among them.
   *
   * @param name unique; also that of its result
   * @param type the operator, such as {@code convolution}; {@code input} for the picture
   * @param attributes by name, as native/src/ops lists them; what is at its default may be missing
   * @param inputs names of the operators it reads
   * @param outputShape channels, height, width; or features
   * @param parameters the tensors it needs, in the operator's order
   */
  public record Operator(
      String name, String type, Map<String, String> attributes, List<String> inputs, long[] outputShape, List<Parameter> parameters) {
    /** Channels, height, width; or features. A copy. */
    @Override
    public long[] outputShape() {
      return outputShape.clone();
    }
  }

  /**
   * A row of the summary: one or more nodes that bear one label.
   *
   * @param name the label
   * @param type operator of the first node
   * @param outputShape of the last node: channels, height, width; or features
   * @param parameters numbers in all its parameters
   * @param macs multiply-accumulates for one picture
   */
  public record Layer(String name, String type, long[] outputShape, long parameters, long macs) {
    /** Channels, height, width; or features. A copy. */
    @Override
    public long[] outputShape() {
      return outputShape.clone();
    }

    Layer followedBy(Layer next) {
      return new Layer(name, type, next.outputShape, parameters + next.parameters, macs + next.macs);
    }
  }

  /** The network's name, such as {@code resnet50}. */
  public String name() {
    return name;
  }

  /** Which form of it this is, such as {@code article}. */
  public String variant() {
    return variant;
  }

  /** Channels, height, width of a picture; a model can be compiled for other heights and widths. */
  public long[] inputShape() {
    return inputShape.clone();
  }

  /** Names of all nodes in order; each can be asked for with {@link CompileOptions#outputs(String...)}. */
  public List<String> nodes() {
    return nodes;
  }

  /** All operators in order: each comes after those that it reads. */
  public List<Operator> operators() {
    return graph.use(g -> NetworkReader.operators(g, parameters));
  }

  /** The operators that {@code answer}, a node, depends on, in order, itself the last. */
  public List<Operator> operators(String answer) {
    Set<String> wanted = new HashSet<>(Set.of(answer));
    List<Operator> all = operators();
    List<Operator> found = new ArrayList<>();
    for (int i = all.size() - 1; i >= 0; i--) {
      if (wanted.contains(all.get(i).name())) {
        found.add(0, all.get(i));
        wanted.addAll(all.get(i).inputs());
      }
    }
    return List.copyOf(found);
  }

  /**
   * One operator of a single input as a network of its own, without heads: what it computes is asked for by its name with {@link
   * CompileOptions#outputs(String...)}. Its picture is what the operator reads here, features being channels of one pixel; its
   * parameters keep their names.
   *
   * @throws ArgumentException if there is no such node, or it reads none or several others
   */
  public Network alone(String node) {
    int id = nodes.indexOf(node);
    int inputs = id < 0 ? 0 : graph.use(g -> g.node_input_count(id));
    if (inputs != 1) {
      throw new ArgumentException("%s has no node %s that reads one other".formatted(this, node));
    }
    long[] shape = graph.use(g -> NetworkReader.nodeShape(g, g.node_input(id, 0)));
    Graph single = new Graph(name + " " + node);
    Node input = single.input((int) shape[0], shape.length > 1 ? (int) shape[1] : 1, shape.length > 1 ? (int) shape[2] : 1);
    single.add(graph.use(g -> g.node_op(id)), node, graph.use(g -> g.node_layer(id)), graph.use(g -> g.node_attributes(id)), input);
    return single.build(variant);
  }

  /** The answers, the main one first. */
  public List<Head> heads() {
    return heads;
  }

  /** The summary's rows in order. */
  public List<Layer> layers() {
    return layers;
  }

  /** All parameters in order of the nodes. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** Numbers that training changes. */
  public long trainableParameters() {
    return parameters.stream().filter(Parameter::trainable).mapToLong(Parameter::elements).sum();
  }

  /** Numbers in all parameters, moving statistics included. */
  public long totalParameters() {
    return parameters.stream().mapToLong(Parameter::elements).sum();
  }

  /** Multiply-accumulates for one picture of {@link #inputShape()}. */
  public long macs() {
    return layers.stream().mapToLong(Layer::macs).sum();
  }

  /**
   * Gives the description its numbers and compiles it for this CPU. Copies what it needs: the weights can be closed afterwards.
   *
   * @throws WeightsException listing everything missing, left over or of another shape
   * @throws ShapeException if the network does not work on pictures of the size asked for
   * @throws ArgumentException if a pass, node or head named in {@code options} does not exist
   */
  public Model compile(Weights weights, CompileOptions options) {
    return Model.compile(this, weights, options);
  }

  /**
   * The model of this network that {@link Model#save} wrote. Its weights stay in the file, which is mapped: nothing is packed, and processes
   * that load the same file share its memory. Options are those it was compiled with; automatic numbers of threads and lanes are as they
   * were then. The file must not be shortened or written to by others while the model is open; replacing it is safe.
   *
   * @throws PlanException if it is for another network, CPU or version
   * @throws FormatException if the file cannot be read, is damaged, or is no saved plan
   */
  public Model load(Path plan) {
    SavedPlan saved = SavedPlan.read(plan);
    saved.check(this);
    return Model.load(this, saved, saved.options());
  }

  /** As {@link #load(Path)}, with so many lanes instead of those it was compiled with. */
  public Model load(Path plan, int lanes) {
    SavedPlan saved = SavedPlan.read(plan);
    saved.check(this);
    return Model.load(this, saved, saved.options().lanes(lanes));
  }

  /**
   * Measures, layer by layer, the ways in which this machine can compute the network within the precision of {@code options}, for their
   * threads, batch and picture size; the fastest are kept in the directory of {@link CompileOptions#tune(Path)}, the default one
   * if none is named. Models compiled with it later, in this process or another, follow them. What is promised about the numbers
   * stays. Takes seconds to a minute, in which the machine should do nothing else, and memory for the weights in several forms.
   *
   * @throws WeightsException as {@link #compile}, or if the directory cannot be written
   */
  public Tuning tune(Weights weights, CompileOptions options) {
    return Model.tune(this, weights, options.tuning() == null ? options.tune() : options);
  }

  /** A trainer that starts from fresh weights (Keras's defaults, seed 0); see {@link #trainer(TrainOptions)}. */
  public Trainer trainer(Loss loss, Optimizer optimizer) {
    return trainer(TrainOptions.of(loss, optimizer));
  }

  /**
   * A trainer that starts from fresh weights by Keras's defaults: Glorot uniform kernels, biases 0, batch norm as identity.
   *
   * @throws ArgumentException if an option names a layer or head that does not exist
   * @throws NativeMemoryException if there is not enough memory
   */
  public Trainer trainer(TrainOptions options) {
    return Trainer.open(this, null, options);
  }

  /**
   * A trainer that starts from given weights. Copies them: they can be closed afterwards.
   *
   * @throws WeightsException listing everything missing, left over or of another shape; with {@link TrainOptions#replaceHead} only
   *     if nothing fits
   * @throws ArgumentException if an option names a layer or head that does not exist
   */
  public Trainer trainer(Weights weights, TrainOptions options) {
    return Trainer.open(this, weights, options);
  }

  /** Name and variant. */
  @Override
  public String toString() {
    return name + "/" + variant;
  }

  NativeHandle<NativeGraph> graph() {
    return graph;
  }
}
