package org.quintet;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.quintet.internal.SeededRandom;

/**
 * Weights to start training from, by Keras's defaults: kernels uniform as Glorot and Bengio (2010), biases 0, batch norm as identity.
 * Every tensor's numbers depend on the seed and its name alone.
 */
final class InitialWeights {
  private InitialWeights() {}

  /** A value for every parameter of {@code network}. */
  static Map<String, Tensor> of(Network network, long seed) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    network.parameters().forEach(p -> tensors.put(p.name(), of(p, seed)));
    return tensors;
  }

  /**
   * The weights given, with fresh values where they lack a parameter or have it in another shape: then for all of its layer, so that a
   * new kernel does not meet an old bias. What no parameter takes is left out.
   *
   * @throws WeightsException if none of them fits
   */
  static Map<String, Tensor> withFreshHead(Network network, Weights weights, long seed) {
    Map<String, Tensor> tensors = of(network, seed);
    List<String> fresh = network.parameters().stream().filter(p -> !fits(p, weights)).map(p -> layerOf(p.name())).toList();
    boolean any = false;
    for (Network.Parameter parameter : network.parameters()) {
      if (!fresh.contains(layerOf(parameter.name()))) {
        tensors.put(parameter.name(), weights.get(parameter.name()));
        any = true;
      }
    }
    if (!any) {
      throw new WeightsException(weights + ": no tensor fits a layer of " + network);
    }
    return tensors;
  }

  private static boolean fits(Network.Parameter parameter, Weights weights) {
    return weights.contains(parameter.name()) && Arrays.equals(weights.get(parameter.name()).shape(), parameter.shape());
  }

  private static String layerOf(String parameter) {
    return parameter.substring(0, Math.max(0, parameter.lastIndexOf('.')));
  }

  private static Tensor of(Network.Parameter parameter, long seed) {
    return switch (parameter.kind()) {
      case "weight" -> uniform(parameter, seed);
      case "gamma", "var" -> Tensor.computed((start, target) -> Arrays.fill(target, 1), parameter.shape());
      default -> Tensor.computed((start, target) -> Arrays.fill(target, 0), parameter.shape());
    };
  }

  private static Tensor uniform(Network.Parameter parameter, long seed) {
    double limit = Math.sqrt(6 / fans(parameter.shape()));
    CRC32 name = new CRC32();
    name.update(parameter.name().getBytes(StandardCharsets.UTF_8));
    long stream = name.getValue();
    return Tensor.computed(
        (start, target) -> {
          SeededRandom random = new SeededRandom(seed, stream, 0);
          random.skip(start);
          for (int i = 0; i < target.length; i++) {
            target[i] = (float) random.within(limit);
          }
        },
        parameter.shape());
  }

  /** Inputs and outputs of a unit together: Keras's {@code compute_fans} for [filters, channels, ...kernel]. */
  private static double fans(long[] shape) {
    if (shape.length == 1) {
      return 2.0 * shape[0];
    }
    double kernel = 1;
    for (int axis = 2; axis < shape.length; axis++) {
      kernel *= shape[axis];
    }
    return kernel * (shape[0] + shape[1]);
  }
}
