package org.quintet.testing;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.quintet.Network;
import org.quintet.Tensor;
import org.quintet.Weights;

/**
 * Weights and inputs that can be made again anywhere: those with which the goldens were computed. A value depends on seed, tensor
 * name and row-major index alone; {@code goldens/README.md} has the definition and test vectors.
 */
public final class Recipe {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final long GAMMA = 0x9E3779B97F4A7C15L;
  private static final int COARSE = 3;   // cells of the input's coarse pattern along each axis
  private static final Pattern ARTICLE_BRANCH = Pattern.compile("conv\\dx\\.(\\d+)\\.conv([23])_rb\\.norm\\.gamma");

  private Recipe() {}

  /**
   * Weights for every parameter of {@code network}, held until they are closed.
   *
   * @param residualBlock index I of the block in which the named gamma is the last norm of a residual branch, else -1: its range is
   *     then [0.2 / (I + 1), 0.6 / (I + 1)]
   */
  public static Weights weights(Network network, long seed, ToIntFunction<String> residualBlock) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Network.Parameter parameter : network.parameters()) {
      Range range = range(parameter, residualBlock.applyAsInt(parameter.name()));
      tensors.put(parameter.name(), tensor(hash(seed, parameter.name()), range, parameter.shape()));
    }
    return Weights.of(tensors);
  }

  /** Weights for a network of the article, under the article's names. */
  public static Weights article(Network network, long seed) {
    boolean bottleneck = network.parameters().stream().anyMatch(p -> p.name().contains(".conv3_rb."));
    String last = bottleneck ? "3" : "2";
    return weights(network, seed, name -> {
      Matcher branch = ARTICLE_BRANCH.matcher(name);
      return branch.matches() && branch.group(2).equals(last) ? Integer.parseInt(branch.group(1)) : -1;
    });
  }

  /** Pictures in the order batch, channels, height, width. */
  public static float[] input(long seed, int batch, int channels, int height, int width) {
    long coarse = hash(seed, "input.coarse");
    long fine = hash(seed, "input");
    float[] pictures = new float[batch * channels * height * width];
    for (int i = 0; i < pictures.length; i++) {
      int x = i % width;
      int y = i / width % height;
      int plane = i / width / height;
      int cell = (plane * COARSE + y * COARSE / height) * COARSE + x * COARSE / width;
      pictures[i] = (float) (0.9 * (-1 + 2 * uniform(coarse, cell)) + 0.1 * (-1 + 2 * uniform(fine, i)));
    }
    return pictures;
  }

  /** Values of the tensor called {@code name}, uniform in [low, high). */
  public static float[] values(long seed, String name, int count, double low, double high) {
    float[] values = new float[count];
    fill(hash(seed, name), new Range(low, high), 0, values);
    return values;
  }

  private record Range(double low, double high) {
    static Range around(double limit) {
      return new Range(-limit, limit);
    }
  }

  private static Range range(Network.Parameter parameter, int block) {
    return switch (parameter.kind()) {
      case "weight" -> Range.around(Math.sqrt(6.0 / (parameter.elements() / parameter.shape()[0])));
      case "bias" -> Range.around(0.05);
      case "gamma" -> block < 0 ? new Range(0.8, 1.2) : new Range(0.2 / (block + 1), 0.6 / (block + 1));
      case "beta", "mean" -> Range.around(0.1);
      case "var" -> new Range(0.5, 1.5);
      default -> throw new IllegalArgumentException(parameter + ": unknown kind");
    };
  }

  private static Tensor tensor(long hash, Range range, long[] shape) {
    return Tensor.computed((start, target) -> fill(hash, range, start, target), shape);
  }

  private static void fill(long hash, Range range, long start, float[] target) {
    for (int i = 0; i < target.length; i++) {
      target[i] = (float) (range.low + (range.high - range.low) * uniform(hash, start + i));
    }
  }

  /** Element {@code index} of a SplitMix64 stream, as a double in [0, 1). */
  private static double uniform(long hash, long index) {
    long z = hash + (index + 1) * GAMMA;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (z >>> 11) * 0x1.0p-53;
  }

  /** FNV-1a of {@code seed/name}. */
  private static long hash(long seed, String name) {
    long hash = FNV_OFFSET;
    for (byte b : (seed + "/" + name).getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * FNV_PRIME;
    }
    return hash;
  }
}
