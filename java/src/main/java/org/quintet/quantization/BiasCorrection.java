package org.quintet.quantization;

import java.util.LinkedHashMap;
import java.util.Map;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Network.Parameter;
import org.quintet.Tensor;
import org.quintet.Weights;

/**
 * The mean error of a layer's output channels that coding its weights makes, to be taken away again (Nagel et al., "Data-free
 * quantization through weight equalization and bias correction", 2019).
 *
 * <p>A layer is linear in what it reads, and so is a mean. So the error's mean over all samples is what the layer makes of the samples'
 * mean with the weights' loss in the weights' place: one run of one operator, exact at the picture's edges too.
 */
final class BiasCorrection {
  private BiasCorrection() {}

  /**
   * Mean of exact less coded output, per channel.
   *
   * @param mean of what the layer reads over the samples
   * @param loss weights less coded weights
   */
  static float[] of(Network network, LinearLayer layer, float[] mean, Tensor loss) {
    Network alone = network.alone(layer.node());
    try (Weights weights = weights(alone, loss);
        Model model = alone.compile(weights, CompileOptions.defaults().outputs(layer.node()))) {
      return means(model.run(mean), layer.outputs());
    }
  }

  private static Weights weights(Network alone, Tensor loss) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Parameter parameter : alone.parameters()) {
      tensors.put(parameter.name(), parameter.kind().equals("weight") ? loss : zeros(parameter));
    }
    return Weights.of(tensors);
  }

  private static Tensor zeros(Parameter parameter) {
    return Tensor.of(new float[(int) parameter.elements()], parameter.shape());
  }

  private static float[] means(float[] output, int channels) {
    int positions = output.length / channels;
    float[] means = new float[channels];
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int i = 0; i < positions; i++) {
        sum += output[c * positions + i];
      }
      means[c] = (float) (sum / positions);
    }
    return means;
  }
}
