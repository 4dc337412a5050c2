package org.quintet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.quintet.internal.bindings.NativeGraph;

/** Reads what a native graph knows about itself into {@link Network}'s tables. */
final class NetworkReader {
  private NetworkReader() {}

  /** A node's shape without the batch. */
  static long[] nodeShape(NativeGraph graph, int node) {
    return dims(graph.node_rank(node) - 1, axis -> graph.node_dim(node, axis + 1));
  }

  static List<String> nodes(NativeGraph graph) {
    return IntStream.range(0, graph.node_count()).mapToObj(graph::node_name).toList();
  }

  static List<Network.Head> heads(NativeGraph graph) {
    List<Network.Head> heads = new ArrayList<>();
    for (int head = 0; head < graph.head_count(); head++) {
      int softmax = graph.head_softmax(head);
      heads.add(
          new Network.Head(
              graph.head_name(head), graph.node_name(graph.head_logits(head)), softmax < 0 ? null : graph.node_name(softmax)));
    }
    return List.copyOf(heads);
  }

  static List<Network.Parameter> parameters(NativeGraph graph) {
    List<Network.Parameter> parameters = new ArrayList<>();
    for (int p = 0; p < graph.parameter_count(); p++) {
      int parameter = p;
      String kind = graph.parameter_kind(p);
      boolean trainable = !kind.equals("mean") && !kind.equals("var");
      long[] shape = dims(graph.parameter_rank(p), axis -> graph.parameter_dim(parameter, axis));
      parameters.add(new Network.Parameter(graph.parameter_name(p), kind, shape, trainable));
    }
    return List.copyOf(parameters);
  }

  static List<Network.Operator> operators(NativeGraph graph, List<Network.Parameter> parameters) {
    List<List<Network.Parameter>> owned = IntStream.range(0, graph.node_count()).<List<Network.Parameter>>mapToObj(n -> new ArrayList<>()).toList();
    for (int p = 0; p < parameters.size(); p++) {
      owned.get(graph.parameter_node(p)).add(parameters.get(p));
    }
    return IntStream.range(0, owned.size()).mapToObj(node -> operator(graph, node, owned.get(node))).toList();
  }

  private static Network.Operator operator(NativeGraph graph, int node, List<Network.Parameter> parameters) {
    List<String> inputs =
        IntStream.range(0, graph.node_input_count(node)).mapToObj(i -> graph.node_name(graph.node_input(node, i))).toList();
    return new Network.Operator(
        graph.node_name(node), graph.node_op(node), attributes(graph.node_attributes(node)), inputs, nodeShape(graph, node),
        List.copyOf(parameters));
  }

  /** "key=value key=value" as a map in that order. */
  private static Map<String, String> attributes(String text) {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (String pair : text.isEmpty() ? new String[0] : text.split(" ")) {
      attributes.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    return Collections.unmodifiableMap(attributes);
  }

  /** One row per layer label, in order of first appearance: type of its first node, shape of its last, the rest summed. */
  static List<Network.Layer> layers(NativeGraph graph, List<Network.Parameter> parameters) {
    long[] parametersOfNode = new long[graph.node_count()];
    for (int p = 0; p < parameters.size(); p++) {
      parametersOfNode[graph.parameter_node(p)] += parameters.get(p).elements();
    }
    Map<String, Network.Layer> rows = new LinkedHashMap<>();
    for (int node = 0; node < parametersOfNode.length; node++) {
      Network.Layer row =
          new Network.Layer(
              graph.node_layer(node), graph.node_op(node), nodeShape(graph, node), parametersOfNode[node], graph.node_macs(node));
      rows.merge(row.name(), row, Network.Layer::followedBy);
    }
    return List.copyOf(rows.values());
  }

  private static long[] dims(int rank, IntToLongFunction dim) {
    return IntStream.range(0, rank).mapToLong(dim).toArray();
  }
}
