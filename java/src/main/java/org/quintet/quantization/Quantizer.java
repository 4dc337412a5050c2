package org.quintet.quantization;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.quintet.ArgumentException;
import org.quintet.CompileOptions;
import org.quintet.DType;
import org.quintet.Network;
import org.quintet.Precision;
import org.quintet.Weights;
import org.quintet.WeightsException;
import org.quintet.data.Dataset;

/**
 * Makes 8-bit weights of trained ones, without training: runs the exact network over some samples, looks between what its values lie,
 * codes the weights of convolutions and dense layers, and takes the mean error that this makes out of each layer's bias.
 *
 * <pre>{@code
 * try (Quantized quantized = Quantizer.of(network, weights).quantize(Mnist.train(folder).spread(256))) {
 *   quantized.save(Path.of("lenet5-int8.safetensors"));
 * }
 * }</pre>
 *
 * <p>The method as a whole is Jacob et al. (2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
 * inference"), ranges are chosen as in {@link RangeMethod}, biases are corrected as by Nagel et al. (2019, "Data-free quantization
 * through weight equalization and bias correction"). Not thread-safe; each method returns this.
 */
public final class Quantizer {
  /** For {@link #keep}: the first layer, which reads the picture. */
  public static final String FIRST = "first";

  /** For {@link #keep}: the last layer, which gives the logits. */
  public static final String LAST = "last";

  private final Network network;
  private final Weights weights;
  private final MainPath path;
  private final Set<String> kept = new LinkedHashSet<>();
  private RangeMethod method = RangeMethod.meanSquare();
  private CompileOptions options = CompileOptions.defaults();
  private Progress progress = Progress.NONE;
  private boolean correcting = true;
  private @Nullable Dataset judge;
  private double maxDrop;

  private Quantizer(Network network, Weights weights) {
    this.network = network;
    this.weights = weights;
    this.path = new MainPath(network);
  }

  /**
   * A quantiser of what {@code network}'s main head needs; other heads' layers stay as they are.
   *
   * @param weights for the network; must stay open until {@link #quantize} returns
   * @throws ArgumentException if the network has no head, or no convolution and no dense layer
   */
  public static Quantizer of(Network network, Weights weights) {
    if (network.heads().isEmpty()) {
      throw new ArgumentException(network + " has no head: nothing says what it is to compute");
    }
    Quantizer made = new Quantizer(network, weights);
    if (made.path.layers().isEmpty()) {
      throw new ArgumentException(network + " has no convolution and no dense layer");
    }
    return made;
  }

  /** How ranges are chosen, {@link RangeMethod#meanSquare()} unless this says otherwise; the picture's is always that of all its values. */
  public Quantizer method(RangeMethod chosen) {
    method = chosen;
    return this;
  }

  /**
   * Layers that stay as they are, by name, {@link #FIRST} and {@link #LAST}.
   *
   * @throws ArgumentException if there is no such layer; the message lists all
   */
  public Quantizer keep(String... layers) {
    List<String> all = layers();
    for (String layer : layers) {
      int at = layer.equals(FIRST) ? 0 : layer.equals(LAST) ? all.size() - 1 : all.indexOf(layer);
      if (at < 0) {
        throw new ArgumentException("%s has no layer %s to keep; there are first, last, %s".formatted(network, layer, String.join(", ", all)));
      }
      kept.add(all.get(at));
    }
    return this;
  }

  /**
   * Keeps layers in higher precision until no more than this is lost, neither as this CPU computes nor with {@linkplain
   * Quantized#allInBytes all in bytes}: those first that change the logits most when they alone are quantised.
   *
   * @param points percentage points of {@link Agreement#drop()} that may be lost
   * @param data samples to judge by; their classes count where they have any
   * @throws ArgumentException if {@code points} is negative or no number
   */
  public Quantizer maxDrop(double points, Dataset data) {
    if (!(points >= 0)) {
      throw new ArgumentException("the drop permitted is " + points + " points; it is 0 or more");
    }
    maxDrop = points;
    judge = data;
    return this;
  }

  /** Whether the mean error of each layer's channels is taken away again; it is unless this says no. */
  public Quantizer biasCorrection(boolean wanted) {
    correcting = wanted;
    return this;
  }

  /** How the network is compiled to be observed and judged: threads, and whether weights may be left over. */
  public Quantizer options(CompileOptions chosen) {
    options = chosen;
    return this;
  }

  /** Who is told how far the work is. */
  public Quantizer progress(Progress told) {
    progress = told;
    return this;
  }

  /**
   * Does it.
   *
   * @param samples to find ranges by; a few hundred will do, as diverse as those to come; classes are not looked at
   * @throws WeightsException if the weights do not fit, are quantised already, or more is lost than may be whatever is kept
   * @throws ArgumentException if there are no samples, all layers are to be kept, or a value is infinite or no number
   * @throws org.quintet.FormatException if a sample cannot be read
   * @throws org.quintet.ShapeException if a sample has not the network's shape
   */
  public Quantized quantize(Dataset samples) {
    List<LinearLayer> wanted = path.layers().stream().filter(layer -> !kept.contains(layer.name())).toList();
    if (wanted.isEmpty()) {
      throw new ArgumentException("all layers of " + network + " are to be kept: nothing is left to quantise");
    }
    checkFloats(wanted);
    CompileOptions exact = options.precision(Precision.EXACT);
    Calibration calibration = Calibration.of(network, path, weights, exact, samples, progress);
    Map<String, Range> ranges = ranges(calibration);
    CodedLayers coded = new CodedLayers(network, weights, ranges);
    for (int i = 0; i < wanted.size(); i++) {
      coded.add(wanted.get(i), correcting ? calibration.mean(wanted.get(i).input()) : null);
      progress.at("coding weights", i + 1, wanted.size());
    }
    Set<String> chosen = judge == null ? coded.names() : new PrecisionSearch(network, weights, coded, options, progress).within(maxDrop, judge);
    return quantized(coded, chosen, ranges, samples.size());
  }

  /** By the method chosen; but a picture has its ends by nature, and its brightest and darkest places are not cut off. */
  private Map<String, Range> ranges(Calibration calibration) {
    String picture = network.nodes().get(0);
    Map<String, Range> ranges = new LinkedHashMap<>();
    calibration.histograms().forEach(
        (node, values) -> ranges.put(node, (node.equals(picture) ? RangeMethod.minMax() : method).range(values)));
    return ranges;
  }

  private void checkFloats(List<LinearLayer> wanted) {
    for (LinearLayer layer : wanted) {
      String name = layer.weight().name();
      if (weights.contains(name) && weights.get(name).dtype() == DType.I8) {
        throw new WeightsException(weights.get(name) + " is quantised already; quantise the weights that it was made from");
      }
    }
  }

  private Quantized quantized(CodedLayers coded, Set<String> chosen, Map<String, Range> ranges, int samples) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("quintet.quantization", "1");
    metadata.put("quintet.network", network.name());
    metadata.put("quintet.variant", network.variant());
    metadata.put("quintet.calibration", method + ", " + samples + " samples");
    List<String> left = new ArrayList<>(layers());
    left.removeAll(chosen);
    return new Quantized(coded.with(chosen), List.copyOf(chosen), left, ranges, metadata);
  }

  private List<String> layers() {
    return path.layers().stream().map(LinearLayer::name).toList();
  }
}
