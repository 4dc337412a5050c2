package org.quintet.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.quintet.Network.Operator;
import org.quintet.Network.Parameter;
import org.quintet.UnsupportedException;

/**
 * Says in ONNX's operators (opset 17) what a network's operators do, one by one: nothing is fused, folded or merged. What ONNX has no
 * operator for becomes a few; their constants are nodes, so that initializers are the network's parameters and nothing else.
 */
final class OnnxNodes {
  static final int OPSET = 17;

  private final List<byte[]> nodes = new ArrayList<>();
  private final List<Parameter> parameters = new ArrayList<>();
  private final Map<String, long[]> shapes = new LinkedHashMap<>();
  private final String answer;
  private final String answerName;

  /**
   * @param answer the operator whose result the model gives
   * @param answerName what that result is called in the model
   */
  OnnxNodes(String answer, String answerName) {
    this.answer = answer;
    this.answerName = answerName;
  }

  /** NodeProtos in order. */
  List<byte[]> nodes() {
    return nodes;
  }

  /** The parameters that they read, in order. */
  List<Parameter> parameters() {
    return parameters;
  }

  /** Adds {@code operator}; those that it reads were added before. */
  void add(Operator operator) {
    shapes.put(operator.name(), operator.outputShape());
    switch (operator.type()) {
      case "input" -> { }
      case "convolution" -> convolution(operator);
      case "dense" -> dense(operator);
      case "max_pool" -> pool(operator, "MaxPool", result(operator));
      case "average_pool" -> pool(operator, "AveragePool", result(operator), countPadding(flag(operator, "count_padding")));
      case "sum_pool" -> sumPool(operator);
      case "global_average_pool" -> globalAverage(operator);
      case "adaptive_average_pool" -> adaptiveAverage(operator);
      case "batch_norm" -> node("BatchNormalization", operator, withParameters(operator), Proto.attribute("epsilon", real(operator, "epsilon")));
      case "scale_shift" -> scaleShift(operator);
      case "relu" -> node("Relu", operator);
      case "sigmoid" -> node("Sigmoid", operator);
      case "tanh" -> node("Tanh", operator);
      case "softmax" -> node("Softmax", operator, operator.inputs(), Proto.attribute("axis", 1));
      case "identity", "dropout" -> node("Identity", operator);
      case "flatten" -> node("Flatten", operator, operator.inputs(), Proto.attribute("axis", 1));
      case "add" -> node("Add", operator);
      case "concat" -> node("Concat", operator, operator.inputs(), Proto.attribute("axis", 1));
      case "lrn" -> lrn(operator);
      case "zero_pad" -> zeroPad(operator);
      default -> throw new UnsupportedException(operator.name() + ": " + operator.type() + " cannot be written as ONNX");
    }
    parameters.addAll(operator.parameters());
  }

  private void convolution(Operator o) {
    node(
        "Conv", o, withParameters(o),
        Proto.attribute("kernel_shape", longs(o, "kernel")),
        Proto.attribute("strides", longs(o, "stride")),
        Proto.attribute("pads", pads(o)),
        Proto.attribute("dilations", longs(o, "dilation")),
        Proto.attribute("group", longs(o, "groups")[0]));
  }

  private void dense(Operator o) {
    List<String> inputs = withParameters(o);
    if (inputShape(o).length > 1) {
      String flat = o.name() + "/flat";
      emit("Flatten", List.of(inputs.get(0)), flat, Proto.attribute("axis", 1));
      inputs.set(0, flat);
    }
    node("Gemm", o, inputs, Proto.attribute("transB", 1));
  }

  private void pool(Operator o, String type, String output, byte[]... more) {
    emit(type, inputs(o), output, Stream.concat(
        Stream.of(
            Proto.attribute("kernel_shape", longs(o, "kernel")),
            Proto.attribute("strides", longs(o, "stride")),
            Proto.attribute("pads", pads(o))),
        Arrays.stream(more)).toArray(byte[][]::new));
  }

  /** The mean over all of the window, times its size. */
  private void sumPool(Operator o) {
    String mean = o.name() + "/mean";
    pool(o, "AveragePool", mean, countPadding(true));
    long[] kernel = longs(o, "kernel");
    node("Mul", o, List.of(mean, constant(o.name() + "/size", Proto.tensor((float) (kernel[0] * kernel[1])))));
  }

  private void globalAverage(Operator o) {
    String mean = o.name() + "/mean";
    emit("GlobalAveragePool", inputs(o), mean);
    node("Flatten", o, List.of(mean), Proto.attribute("axis", 1));
  }

  private void adaptiveAverage(Operator o) {
    long[] in = inputShape(o);
    long[] out = o.outputShape();
    if (in[1] % out[1] != 0 || in[2] % out[2] != 0) {
      throw new UnsupportedException("%s: ONNX has no pooling of %d x %d cells to %d x %d".formatted(o.name(), in[1], in[2], out[1], out[2]));
    }
    long[] kernel = {in[1] / out[1], in[2] / out[2]};
    node("AveragePool", o, o.inputs(), Proto.attribute("kernel_shape", kernel), Proto.attribute("strides", kernel));
  }

  private void scaleShift(Operator o) {
    String axes = constant(o.name() + "/axes", Proto.tensor(new long[] {1, 2}));
    List<String> columns = new ArrayList<>();
    for (Parameter parameter : o.parameters()) {
      columns.add(parameter.name() + "/column");
      emit("Unsqueeze", List.of(parameter.name(), axes), parameter.name() + "/column");
    }
    String scaled = o.name() + "/scaled";
    emit("Mul", List.of(inputs(o).get(0), columns.get(0)), scaled);
    node("Add", o, List.of(scaled, columns.get(1)));
  }

  private void lrn(Operator o) {
    node(
        "LRN", o, o.inputs(),
        Proto.attribute("size", o.attributes().containsKey("size") ? longs(o, "size")[0] : 5),
        Proto.attribute("alpha", real(o, "alpha")),
        Proto.attribute("beta", real(o, "beta")),
        Proto.attribute("bias", real(o, "k")));
  }

  private void zeroPad(Operator o) {
    long[] p = longs(o, "padding");   // top, left, bottom, right
    String pads = constant(o.name() + "/pads", Proto.tensor(new long[] {0, 0, p[0], p[1], 0, 0, p[2], p[3]}));
    node("Pad", o, List.of(o.inputs().get(0), pads));
  }

  /**
   * Top, left, bottom, right, so that ONNX's rounding down gives the shape that is known: what Keras's {@code same} pads, and what a
   * window of the ceil mode reads beyond the picture, is in them. Given ones stay if they do that, also where no window reads the last
   * of them: some converters know padding only if it is the same on both sides.
   */
  private long[] pads(Operator o) {
    String padding = o.attributes().getOrDefault("padding", "valid");
    long[] given = padding.matches("[a-z]+") ? new long[4] : longs(o, "padding");
    long[] pads = new long[4];
    for (int axis = 0; axis < 2; axis++) {
      long dilation = o.attributes().containsKey("dilation") ? longs(o, "dilation")[axis] : 1;
      long reach = (longs(o, "kernel")[axis] - 1) * dilation + 1;
      long read = (o.outputShape()[axis + 1] - 1) * longs(o, "stride")[axis] + reach;
      long missing = Math.max(0, read - inputShape(o)[axis + 1]);
      pads[axis] = padding.equals("same") ? missing / 2 : given[axis];
      long padded = inputShape(o)[axis + 1] + pads[axis] + given[axis + 2];
      boolean givenWillDo = padded >= reach && (padded - reach) / longs(o, "stride")[axis] + 1 == o.outputShape()[axis + 1];
      pads[axis + 2] = givenWillDo ? given[axis + 2] : Math.max(0, missing - pads[axis]);
    }
    return pads;
  }

  private static byte[] countPadding(boolean count) {
    return Proto.attribute("count_include_pad", count ? 1 : 0);
  }

  private String constant(String name, byte[] tensor) {
    emit("Constant", List.of(), name, Proto.attributeTensor("value", tensor));
    return name;
  }

  private void node(String type, Operator o) {
    node(type, o, o.inputs());
  }

  private void node(String type, Operator o, List<String> inputs, byte[]... attributes) {
    emit(type, inputs.stream().map(this::value).toList(), result(o), attributes);
  }

  private void emit(String type, List<String> inputs, String output, byte[]... attributes) {
    nodes.add(Proto.message(out -> {
      for (String input : inputs) {
        out.writeString(1, input);
      }
      out.writeString(2, output);
      out.writeString(3, output);
      out.writeString(4, type);
      for (byte[] attribute : attributes) {
        out.writeByteArray(5, attribute);
      }
    }));
  }

  private String result(Operator o) {
    return value(o.name());
  }

  private String value(String name) {
    return name.equals(answer) ? answerName : name;
  }

  private List<String> inputs(Operator o) {
    return o.inputs().stream().map(this::value).toList();
  }

  private List<String> withParameters(Operator o) {
    List<String> inputs = new ArrayList<>(inputs(o));
    o.parameters().forEach(p -> inputs.add(p.name()));
    return inputs;
  }

  private long[] inputShape(Operator o) {
    return shapes.get(o.inputs().get(0));
  }

  private static boolean flag(Operator o, String attribute) {
    return Boolean.parseBoolean(o.attributes().get(attribute));
  }

  private static float real(Operator o, String attribute) {
    return Float.parseFloat(text(o, attribute));
  }

  private static long[] longs(Operator o, String attribute) {
    return Arrays.stream(text(o, attribute).split(",")).mapToLong(Long::parseLong).toArray();
  }

  private static String text(Operator o, String attribute) {
    String text = o.attributes().get(attribute);
    if (text == null) {
      throw new UnsupportedException(o.name() + " has no attribute " + attribute);
    }
    return text;
  }
}
