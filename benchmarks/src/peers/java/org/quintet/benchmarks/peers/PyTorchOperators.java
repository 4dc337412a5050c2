package org.quintet.benchmarks.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.Network.Operator;
import org.quintet.UnsupportedException;

/** A network's operators by DJL's functions; those that torchvision's forms and LeNet-5 are made of. */
final class PyTorchOperators {

  /** The value of {@code operator}, whose inputs are among {@code values}. */
  NDArray compute(Operator operator, NDArray picture, Map<String, NDArray> values, Map<String, NDArray> parameters) {
    List<NDArray> in = operator.inputs().stream().map(values::get).toList();
    List<NDArray> given = operator.parameters().stream().map(p -> parameters.get(p.name())).toList();
    return switch (operator.type()) {
      case "input" -> picture;
      case "convolution" -> convolution(operator, in.get(0), given);
      case "dense" -> Linear.linear(flat(in.get(0)), given.get(0), second(given)).singletonOrThrow();
      case "max_pool" -> Pool.maxPool2d(in.get(0), pair(operator, "kernel"), pair(operator, "stride"), padding(operator), ceil(operator));
      case "average_pool" -> Pool.avgPool2d(
          in.get(0), pair(operator, "kernel"), pair(operator, "stride"), padding(operator), ceil(operator),
          Boolean.parseBoolean(operator.attributes().get("count_padding")));
      case "global_average_pool" -> flat(Pool.globalAvgPool2d(in.get(0)));
      case "adaptive_average_pool" -> adaptive(operator, in.get(0));
      case "batch_norm" -> batchNorm(operator, in.get(0), given);
      case "relu" -> Activation.relu(in.get(0));
      case "softmax" -> in.get(0).softmax(1);
      case "identity", "dropout" -> in.get(0);
      case "flatten" -> flat(in.get(0));
      case "add" -> in.get(0).add(in.get(1));
      case "concat" -> NDArrays.concat(new NDList(in), 1);
      default -> throw new UnsupportedException(operator.name() + ": no peer for " + operator.type());
    };
  }

  private static NDArray convolution(Operator o, NDArray in, List<NDArray> given) {
    int groups = Integer.parseInt(o.attributes().getOrDefault("groups", "1"));
    return Conv2d.conv2d(in, given.get(0), second(given), pair(o, "stride"), padding(o), pair(o, "dilation"), groups).singletonOrThrow();
  }

  private static NDArray batchNorm(Operator o, NDArray in, List<NDArray> given) {
    float epsilon = Float.parseFloat(o.attributes().get("epsilon"));
    return BatchNorm.batchNorm(in, given.get(2), given.get(3), given.get(0), given.get(1), 1, 0.1f, epsilon, false).singletonOrThrow();
  }

  private static NDArray adaptive(Operator o, NDArray in) {
    long[] out = o.outputShape();
    Shape window = new Shape(in.getShape().get(2) / out[1], in.getShape().get(3) / out[2]);
    return Pool.avgPool2d(in, window, window, new Shape(0, 0), false, false);
  }

  private static NDArray flat(NDArray in) {
    return in.getShape().dimension() == 2 ? in : in.reshape(in.getShape().get(0), -1);
  }

  private static @Nullable NDArray second(List<NDArray> given) {
    return given.size() > 1 ? given.get(1) : null;
  }

  private static boolean ceil(Operator o) {
    return Boolean.parseBoolean(o.attributes().get("ceil"));
  }

  private static Shape pair(Operator o, String attribute) {
    return new Shape(longs(o.attributes().getOrDefault(attribute, "1,1")));
  }

  /** Rows and columns on each side; PyTorch's windows have the same on both. */
  private static Shape padding(Operator o) {
    String text = o.attributes().getOrDefault("padding", "valid");
    if (text.equals("valid")) {
      return new Shape(0, 0);
    }
    long[] p = text.equals("same") ? same(o) : longs(text);
    if (p[0] != p[2] || p[1] != p[3]) {
      throw new UnsupportedException(o.name() + ": PyTorch pads both sides alike");
    }
    return new Shape(p[0], p[1]);
  }

  /** Only windows of stride 1 and odd size, which have as many cells on either side. */
  private static long[] same(Operator o) {
    long[] kernel = longs(o.attributes().get("kernel"));
    if (!pair(o, "stride").equals(new Shape(1, 1)) || kernel[0] % 2 == 0 || kernel[1] % 2 == 0) {
      throw new UnsupportedException(o.name() + ": PyTorch has no such padding");
    }
    return new long[] {kernel[0] / 2, kernel[1] / 2, kernel[0] / 2, kernel[1] / 2};
  }

  private static long[] longs(String text) {
    return Arrays.stream(text.split(",")).mapToLong(Long::parseLong).toArray();
  }
}
