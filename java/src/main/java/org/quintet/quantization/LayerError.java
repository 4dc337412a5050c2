package org.quintet.quantization;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Precision;
import org.quintet.Sweep;
import org.quintet.Weights;
import org.quintet.data.Dataset;

/**
 * By how much a layer's output differs from the exact one, with the errors of all layers before it.
 *
 * @param layer its name
 * @param relativeRms root mean square of the difference over that of the exact output
 * @param relativeMax greatest difference over the greatest magnitude of the exact output
 */
public record LayerError(String layer, double relativeRms, double relativeMax) {
  private static final int BATCH = 4;

  /**
   * Measures every convolution and dense layer of the main head, as {@link Quantized#allInBytes} says.
   *
   * @param exact weights as they were
   * @param quantized weights as they became
   * @param options how both are compiled; precision, batch, outputs and heads are set here
   * @param data samples to run on; a few will do
   */
  public static List<LayerError> of(Network network, Weights exact, Weights quantized, CompileOptions options, Dataset data) {
    MainPath path = new MainPath(network);
    String[] results = path.layers().stream().map(LinearLayer::result).filter(r -> !path.isAnswer(r)).distinct().toArray(String[]::new);
    CompileOptions observing = options.batch(Math.min(BATCH, Math.max(1, data.size()))).heads(path.output()).outputs(results);
    Map<String, ErrorSum> sums = new LinkedHashMap<>();
    try (Model before = network.compile(exact, observing.precision(Precision.EXACT));
        Model after = network.compile(quantized, Quantized.allInBytes(observing))) {
      before.outputs().forEach(output -> sums.put(output, new ErrorSum()));
      Sweep.over(data, BATCH, 0, (sessions, samples) -> sums.entrySet().parallelStream().forEach(entry ->
          entry.getValue().add(sessions.get(0).output(entry.getKey()), sessions.get(1).output(entry.getKey()))), before, after);
    }
    return path.layers().stream().map(layer -> {
      ErrorSum sum = sums.get(path.isAnswer(layer.result()) ? path.output() : layer.result());
      return new LayerError(layer.name(), sum.relativeRms(), sum.relativeMax());
    }).toList();
  }
}
