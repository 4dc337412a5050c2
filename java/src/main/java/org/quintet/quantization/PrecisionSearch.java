package org.quintet.quantization;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Precision;
import org.quintet.Weights;
import org.quintet.WeightsException;
import org.quintet.data.Dataset;

/** Finds how many layers have to stay in higher precision, and which. */
final class PrecisionSearch {
  private static final int BATCH = 8;

  /** Samples by which a layer's share in the error is judged. */
  private static final int FEW = 32;

  private final Network network;
  private final Weights weights;
  private final CodedLayers coded;
  private final CompileOptions options;
  private final Progress progress;

  PrecisionSearch(Network network, Weights weights, CodedLayers coded, CompileOptions options, Progress progress) {
    this.network = network;
    this.weights = weights;
    this.coded = coded;
    this.options = options.batch(BATCH).heads(new MainPath(network).output());
    this.progress = progress;
  }

  /**
   * As many of the coded layers as lose no more than {@code points}: all but the fewest of those that alone change the logits most,
   * found by halving, as what is lost falls with each that is kept.
   *
   * @throws WeightsException if one layer alone loses more
   */
  Set<String> within(double points, Dataset data) {
    Reference reference = reference(data);
    Set<String> all = coded.names();
    double drop = drop(reference, all);
    if (drop <= points) {
      return all;
    }
    List<String> order = bySensitivity(reference(data.spread(FEW)));
    int tooFew = 0;
    int enough = order.size() - 1;
    if (enough == 0 || drop(reference, without(order, enough)) > points) {
      throw new WeightsException(String.format(Locale.ROOT,
          "%.2f points are lost where all layers of %s are quantised, and more than the %.2f permitted where only %s is", drop, network,
          points, order.get(enough)));
    }
    while (enough - tooFew > 1) {
      int middle = (tooFew + enough) / 2;
      if (drop(reference, without(order, middle)) <= points) {
        enough = middle;
      } else {
        tooFew = middle;
      }
    }
    return without(order, enough);
  }

  private Reference reference(Dataset data) {
    try (Model exact = network.compile(weights, options.precision(Precision.EXACT))) {
      return Reference.of(exact, data, BATCH);
    }
  }

  /** The coded layers but the first {@code count} of {@code order}, in the network's order. */
  private Set<String> without(List<String> order, int count) {
    Set<String> left = coded.names();
    left.removeAll(order.subList(0, count));
    return left;
  }

  /** What is lost at the most: as this CPU likes to compute, and with all in bytes, as another one may. */
  private double drop(Reference reference, Set<String> layers) {
    progress.at("comparing with " + layers.size() + " layers quantised", 0, 1);
    double here = measured(layers, options.precision(Precision.INT8), model -> reference.agreement(model).drop());
    return Math.max(here, measured(layers, Quantized.allInBytes(options), model -> reference.agreement(model).drop()));
  }

  /** The coded layers, that first which alone makes the greatest error. */
  private List<String> bySensitivity(Reference reference) {
    List<String> layers = new ArrayList<>(coded.names());
    Map<String, Double> errors = new HashMap<>();
    for (String layer : layers) {
      errors.put(layer, measured(Set.of(layer), Quantized.allInBytes(options), reference::relativeError));
      progress.at("layers one at a time", errors.size(), layers.size());
    }
    layers.sort(Comparator.comparing(errors::get, Comparator.reverseOrder()));
    return layers;
  }

  private double measured(Set<String> layers, CompileOptions how, Function<Model, Double> measure) {
    try (Weights mixed = coded.with(new LinkedHashSet<>(layers)); Model model = network.compile(mixed, how)) {
      return measure.apply(model);
    }
  }
}
