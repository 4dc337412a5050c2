package org.quintet.quantization;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quintet.CompileOptions;
import org.quintet.Precision;
import org.quintet.Weights;

/**
 * A network's weights with layers in 8 bits: to be compiled with {@link Precision#INT8}, or saved. Every other precision reads them
 * too. Owns memory, so close it. Immutable and thread-safe.
 *
 * <p>What is saved is a safetensors file of the network's own parameters. The weight of a quantised layer is I8, in its usual shape,
 * from -64 to 64; beside it {@code <parameter>_scale}, F32 [output channels], says what a step of each channel is worth. For every node
 * whose value may lie between two layers {@code quantization.<node>.range}, F32 [2], has the least and the greatest of its values. All
 * else stays as it was. The metadata say how it came about: {@code quintet.quantization}, {@code .network}, {@code .variant} and {@code
 * .calibration}.
 */
public final class Quantized implements AutoCloseable {
  private final Weights weights;
  private final List<String> layers;
  private final List<String> kept;
  private final Map<String, Range> ranges;
  private final Map<String, String> metadata;

  Quantized(Weights weights, List<String> layers, List<String> kept, Map<String, Range> ranges, Map<String, String> metadata) {
    this.weights = weights;
    this.layers = List.copyOf(layers);
    this.kept = List.copyOf(kept);
    this.ranges = Collections.unmodifiableMap(ranges);
    this.metadata = Collections.unmodifiableMap(metadata);
  }

  /**
   * How to compile quantised weights to see the most that they can lose: with every layer in bytes that can be, also where something
   * else is faster on this CPU.
   */
  public static CompileOptions allInBytes(CompileOptions options) {
    List<String> without = new ArrayList<>(options.without());
    without.add("weigh_precision");
    return options.precision(Precision.INT8).without(without.toArray(String[]::new));
  }

  /** The tensors of the file; closed with this. */
  public Weights weights() {
    return weights;
  }

  /** Layers in 8 bits, in the network's order. */
  public List<String> layers() {
    return layers;
  }

  /** Convolutions and dense layers that stayed as they were, in the network's order. */
  public List<String> kept() {
    return kept;
  }

  /** What the values of each node lie between, in the network's order. */
  public Map<String, Range> ranges() {
    return ranges;
  }

  /**
   * Writes a safetensors file, which appears when it is whole.
   *
   * @throws org.quintet.WeightsException if it cannot be written, with the system's reason
   */
  public void save(Path file) {
    save(file, Map.of());
  }

  /**
   * The same with more words in the file's metadata, such as those that the trained weights came with.
   *
   * @throws org.quintet.WeightsException if it cannot be written, with the system's reason
   */
  public void save(Path file, Map<String, String> more) {
    Map<String, String> words = new LinkedHashMap<>(more);
    words.putAll(metadata);
    weights.save(file, words);
  }

  @Override
  public void close() {
    weights.close();
  }
}
