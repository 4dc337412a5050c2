package org.quintet.quantization;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.quintet.Network;
import org.quintet.Network.Parameter;
import org.quintet.Tensor;
import org.quintet.Weights;

/** A network's weights with some of its layers coded, and the ranges of what lies between: a quantised file's tensors. */
final class CodedLayers {
  private static final String SCALE = "_scale";

  private final Network network;
  private final Weights weights;
  private final Map<String, Range> ranges;
  /** By layer, the tensors that it has when coded. */
  private final Map<String, Map<String, Tensor>> coded = new LinkedHashMap<>();

  CodedLayers(Network network, Weights weights, Map<String, Range> ranges) {
    this.network = network;
    this.weights = weights;
    this.ranges = ranges;
  }

  /**
   * Codes a layer.
   *
   * @param mean over all samples of what it reads; null: its mean error is not corrected
   */
  void add(LinearLayer layer, float @Nullable [] mean) {
    CodedWeight code = new CodedWeight(weights.get(layer.weight().name()), layer.outputs(), layer.inputs());
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put(layer.weight().name(), code.codes());
    tensors.put(layer.weight().name() + SCALE, code.scales());
    Parameter shift = layer.shift();
    if (mean != null && shift != null) {
      float[] numbers = weights.get(shift.name()).toFloats();
      float[] error = BiasCorrection.of(network, layer, mean, code.loss());
      for (int c = 0; c < numbers.length; c++) {
        numbers[c] += layer.shiftAdds() ? error[c] : -error[c];
      }
      tensors.put(shift.name(), Tensor.of(numbers, shift.shape()));
    }
    coded.put(layer.name(), tensors);
  }

  /** Layers that are coded. */
  Set<String> names() {
    return new LinkedHashSet<>(coded.keySet());
  }

  /** Weights with those {@code layers} coded, and the others as they were. */
  Weights with(Set<String> layers) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    network.parameters().forEach(p -> tensors.put(p.name(), weights.get(p.name())));
    layers.forEach(layer -> tensors.putAll(coded.get(layer)));
    ranges.forEach((node, range) -> tensors.put(Range.tensorName(node), range.tensor()));
    return Weights.of(tensors);
  }
}
