package org.quintet;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Weights without training that still let a picture through: activations keep their size from layer to layer, however deep the network.
 *
 * <p>Every value depends on seed, tensor name and index alone, so that all processors can make them in any order. Uniform ranges: He's for
 * convolutions, which a ReLU mostly follows; Glorot's for dense layers; around 1 for scales, around 0 for shifts. The last norm before an
 * addition is small, the smaller the more additions there are: branches that all point the same way then grow to e^2 together, not to 2^n.
 */
final class RandomWeights {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  /** Of SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private RandomWeights() {}

  /** A value for every parameter of {@code network}, made when it is read. */
  static Map<String, Tensor> of(Network network, long seed) {
    Set<String> branchEnds = branchEnds(network);
    double branchScale = Math.min(0.3, 2.0 / Math.max(1, branchEnds.size()));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Network.Parameter parameter : network.parameters()) {
      Range range = branchEnds.contains(layerOf(parameter)) && parameter.kind().equals("gamma")
          ? Range.around(branchScale, branchScale / 2)
          : range(parameter);
      long stream = hash(seed, parameter.name());
      tensors.put(parameter.name(), Tensor.computed((start, target) -> fill(stream, range, start, target), parameter.shape()));
    }
    return tensors;
  }

  /** Layers that are the last norm before an addition: the end of a residual branch, or of the shortcut beside it. */
  private static Set<String> branchEnds(Network network) {
    Set<String> ends = new HashSet<>();
    String lastNorm = null;
    for (Network.Layer layer : network.layers()) {
      if (layer.type().equals("batch_norm")) {
        lastNorm = layer.name();
      } else if (layer.type().equals("add") && lastNorm != null) {
        ends.add(lastNorm);
      }
    }
    return ends;
  }

  private record Range(float low, float high) {
    static Range around(double middle, double reach) {
      return new Range((float) (middle - reach), (float) (middle + reach));
    }
  }

  private static Range range(Network.Parameter parameter) {
    return switch (parameter.kind()) {
      case "weight" -> Range.around(parameter.shape().length == 1 ? 1 : 0, reach(parameter));
      case "gamma" -> Range.around(1, 0.2);
      case "var" -> Range.around(1, 0.25);
      default -> Range.around(0, 0.1);   // bias, beta, mean
    };
  }

  private static double reach(Network.Parameter parameter) {
    long[] shape = parameter.shape();
    return switch (shape.length) {
      case 1 -> 0.2;
      case 2 -> Math.sqrt(6.0 / (shape[0] + shape[1]));   // Glorot and Bengio 2010
      default -> Math.sqrt(6.0 * shape[0] / parameter.elements());   // He and others 2015: 6 / fan-in
    };
  }

  private static String layerOf(Network.Parameter parameter) {
    return parameter.name().substring(0, Math.max(0, parameter.name().lastIndexOf('.')));
  }

  private static void fill(long stream, Range range, long start, float[] target) {
    float scale = (range.high - range.low) * 0x1p-24f;
    long state = stream + start * GAMMA;
    for (int i = 0; i < target.length; i++) {
      state += GAMMA;
      target[i] = range.low + scale * (mix(state) >>> 40);
    }
  }

  private static long mix(long state) {
    long z = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private static long hash(long seed, String name) {
    long hash = FNV_OFFSET;
    for (byte b : (seed + "/" + name).getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * FNV_PRIME;
    }
    return hash;
  }
}
