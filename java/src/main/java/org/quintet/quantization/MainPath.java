package org.quintet.quantization;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.quintet.Network;
import org.quintet.Network.Operator;
import org.quintet.Network.Parameter;

/** What a network's main head is computed by. Heads that only help training are left as they are. */
final class MainPath {
  /** Operators that are computed together with the one before them, whose own result is then never stored. */
  private static final Set<String> FUSED = Set.of("batch_norm", "relu", "sigmoid", "tanh");

  private final List<Operator> operators;
  private final Map<String, List<Operator>> readers = new HashMap<>();
  private final String answer;
  private final String output;

  MainPath(Network network) {
    answer = network.heads().get(0).logits();
    output = network.heads().get(0).name() + ".logits";
    operators = network.operators(answer);
    for (Operator operator : operators) {
      operator.inputs().forEach(input -> readers.computeIfAbsent(input, name -> new ArrayList<>()).add(operator));
    }
  }

  /** What the answer is called among a model's outputs. */
  String output() {
    return output;
  }

  /** Whether {@code node} is the answer. */
  boolean isAnswer(String node) {
    return node.equals(answer);
  }

  /** Convolutions and dense layers in order. */
  List<LinearLayer> layers() {
    return operators.stream().filter(o -> o.type().equals("convolution") || o.type().equals("dense")).map(this::layer).toList();
  }

  /** Operators whose results may be stored between others, and so quantised. The answer is not among them. */
  List<Operator> stored() {
    return operators.stream().filter(o -> !o.name().equals(answer) && result(o).equals(o.name())).toList();
  }

  private LinearLayer layer(Operator operator) {
    Parameter weight = operator.parameters().get(0);
    String name = weight.name().substring(0, Math.max(0, weight.name().lastIndexOf('.')));
    return new LinearLayer(name, operator.name(), operator.inputs().get(0), result(operator), weight, shift(operator));
  }

  private String result(Operator operator) {
    Operator last = operator;
    for (Operator next = onlyReader(last); next != null && FUSED.contains(next.type()); next = onlyReader(last)) {
      last = next;
    }
    return last.name();
  }

  private @Nullable Parameter shift(Operator operator) {
    Operator reader = onlyReader(operator);
    Parameter bias = parameter(operator, "bias");
    return bias == null && reader != null ? parameter(reader, "mean") : bias;
  }

  private static @Nullable Parameter parameter(Operator operator, String kind) {
    return operator.parameters().stream().filter(p -> p.kind().equals(kind)).findFirst().orElse(null);
  }

  private @Nullable Operator onlyReader(Operator operator) {
    List<Operator> all = readers.getOrDefault(operator.name(), List.of());
    return all.size() == 1 ? all.get(0) : null;
  }
}
