package org.quintet.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.ArgumentException;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Precision;
import org.quintet.Weights;
import org.quintet.data.DataFolder;
import org.quintet.data.Dataset;
import org.quintet.models.ModelBuilder;
import org.quintet.models.TrainedAs;
import org.quintet.quantization.Agreement;
import org.quintet.quantization.LayerError;
import org.quintet.quantization.Quantized;
import org.quintet.quantization.Quantizer;
import org.quintet.quantization.RangeMethod;
import org.quintet.quantization.Reference;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quantize}: 8-bit weights from trained ones and some pictures. */
@CommandLine.Command(
    name = "quantize",
    description = "Make 8-bit weights of trained ones, for --precision int8.",
    footer = {
      "",
      "A data set is a folder of pictures, flat or one folder a class, MNIST's idx files or CIFAR-10's *.bin. Ranges are found on its",
      "training part; --compare names another one, whose test part the answers are compared on, by default on those same samples."
    })
final class QuantizeCommand extends Command {
  private static final int BATCH = 8;

  /** Samples by which errors are measured layer by layer. */
  private static final int FEW = 16;

  @Parameters(paramLabel = "MODEL", description = "A network, as listed by models.")
  private String model = "";

  @Mixin private NetworkOptions form = new NetworkOptions();
  @Mixin private WeightsOptions weights = new WeightsOptions();

  @Option(names = "--calibrate", paramLabel = "DIR", required = true, description = "Data set to find ranges by.")
  private Path calibrate = Path.of("");

  @Option(names = "--compare", paramLabel = "DIR", description = "Data set to compare answers on.")
  private @Nullable Path compare;

  @Option(names = "--samples", paramLabel = "N",
      description = "Samples to calibrate with, at even distances; ${DEFAULT-VALUE} by default.")
  private int samples = 256;

  @Option(names = "--method", paramLabel = "M",
      description = "How ranges are chosen: min-max, percentile, percentile=PERCENT, entropy, mean-square; ${DEFAULT-VALUE} by default.")
  private String method = "mean-square";

  @Option(names = "--max-drop", paramLabel = "POINTS",
      description = "Keep layers in higher precision until no more percentage points are lost: of accuracy where classes are known, else of "
          + "agreement on the best class.")
  private @Nullable Double maxDrop;

  @Option(names = "--keep", paramLabel = "LAYER", arity = "1..*",
      description = "Layers that stay in higher precision: first, last, or a name as printed by summary.")
  private List<String> keep = new ArrayList<>();

  @Option(names = "--no-bias-correction", description = "Leave biases as they are.")
  private boolean noBiasCorrection;

  @Option(names = "--output", paramLabel = "FILE", required = true, description = "Where the 8-bit weights go, as safetensors.")
  private Path output = Path.of("");

  @Override
  public Integer call() {
    Path file = weights.file();
    if (file == null) {
      throw usage("--weights FILE is missing: what is to be quantised");
    }
    RangeMethod ranges = rangeMethod();
    atLeastOne("--samples", samples);
    if (maxDrop != null && !(maxDrop >= 0)) {
      throw usage("--max-drop is " + maxDrop + "; it is 0 or more percentage points");
    }
    checkPlace(output);
    try (Weights numbers = Weights.open(file)) {
      TrainedAs trained = TrainedAs.of(file);
      ModelBuilder builder = trained == null ? builder(numbers) : form.builder(this, model, file, trained);
      Network network = builder.buildFor(numbers.names());
      Dataset calibration = data(calibrate, builder, network, trained, false).spread(samples);
      Dataset comparison = compare == null ? calibration : data(compare, builder, network, trained, true);
      Quantizer quantizer = quantizer(network, numbers).method(ranges);
      if (maxDrop != null) {
        quantizer.maxDrop(maxDrop, comparison);
      }
      long start = System.nanoTime();
      try (ProgressLine line = new ProgressLine(err(), Terminal.isStderr());
          Quantized quantized = form.bind(builder, () -> quantizer.progress(line).quantize(calibration))) {
        line.at("comparing", 0, 1);
        Agreement agreement = agreement(network, numbers, quantized, comparison);
        List<LayerError> errors = LayerError.of(network, numbers, quantized.weights(), options(), comparison.spread(FEW));
        quantized.save(output, trained == null ? Map.of() : trained.metadata());
        line.close();
        report(network, file, quantized, ranges, calibration.size(), agreement, errors, (System.nanoTime() - start) / 1e9);
      }
    }
    return OK;
  }

  private RangeMethod rangeMethod() {
    try {
      return RangeMethod.parse(method);
    } catch (ArgumentException e) {
      throw usage("--method: " + e.getMessage());
    }
  }

  private CompileOptions options() {
    return weights.apply(compileOptions());
  }

  /** The network that the weights are for: unless somebody says how many classes, they do. */
  private ModelBuilder builder(Weights numbers) {
    ModelBuilder usual = form.builder(this, model);
    List<Network.Operator> operators = usual.build().operators(usual.build().heads().get(0).logits());
    String last = operators.get(operators.size() - 1).parameters().get(0).name();
    return numbers.contains(last) && numbers.get(last).shape().length > 0
        ? form.builder(this, model, (int) Math.max(1, numbers.get(last).shape()[0]))
        : usual;
  }

  /** A data set's part to train on or to test with; without classes if they are not the network's. */
  private static Dataset data(Path folder, ModelBuilder builder, Network network, @Nullable TrainedAs trained, boolean test) {
    DataFolder found = DataFolder.ofSamples(folder);
    var transform = DataOptions.transform(found, builder, network, trained);
    Dataset all = test ? found.test(transform, List.of()) : found.train(transform);
    return found.classes().size() == builder.classes() ? all : all.unlabelled();
  }

  private Quantizer quantizer(Network network, Weights numbers) {
    try {
      return Quantizer.of(network, numbers).keep(keep.toArray(String[]::new)).biasCorrection(!noBiasCorrection).options(options());
    } catch (ArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private Agreement agreement(Network network, Weights numbers, Quantized quantized, Dataset data) {
    CompileOptions answering = options().batch(BATCH).heads(BenchCommand.mainLogits(network));
    Reference reference;
    try (Model exact = network.compile(numbers, answering.precision(Precision.EXACT))) {
      reference = Reference.of(exact, data, BATCH);
    }
    try (Model int8 = network.compile(quantized.weights(), answering.precision(Precision.INT8))) {
      return reference.agreement(int8);
    }
  }

  private void report(
      Network network, Path source, Quantized quantized, RangeMethod ranges, int calibrated, Agreement agreement, List<LayerError> errors,
      double seconds) {
    boolean labelled = agreement.labelled() > 0;
    Map<String, @Nullable Object> document = Json.object(
        "model", network.name(),
        "variant", network.variant(),
        "output", output.toString(),
        "bytes", size(output),
        "weights_bytes", size(source),
        "method", ranges.toString(),
        "calibration_samples", calibrated,
        "quantized", quantized.layers(),
        "kept", quantized.kept(),
        "agreement", Json.object("samples", agreement.samples(), "top1", agreement.top1(), "top5", agreement.top5()),
        "accuracy", !labelled ? null : Json.object(
            "samples", agreement.labelled(), "exact", agreement.referenceAccuracy(), "int8", agreement.accuracy()),
        "layers", errors.stream().map(e -> Json.object(
            "name", e.layer(),
            "precision", quantized.layers().contains(e.layer()) ? "int8" : "float",
            "relative_rms", e.relativeRms(),
            "relative_max", e.relativeMax())).toList(),
        "seconds", seconds);
    print(document, out -> {
      table(quantized, errors).print(out);
      summary(out, network, source, quantized, agreement, seconds);
    });
  }

  private static Table table(Quantized quantized, List<LayerError> errors) {
    Table table = new Table("llrr", "layer", "precision", "rms error", "max error");
    for (LayerError e : errors) {
      table.row(e.layer(), quantized.layers().contains(e.layer()) ? "int8" : "float", percent(e.relativeRms()), percent(e.relativeMax()));
    }
    return table;
  }

  private void summary(PrintStream out, Network network, Path source, Quantized quantized, Agreement agreement, double seconds) {
    out.printf(Locale.ROOT, "%s: %d of %d layers in 8 bits, %,d bytes from %,d, in %.1f s; weights in %s%n", network,
        quantized.layers().size(), quantized.layers().size() + quantized.kept().size(), size(output), size(source), seconds, output);
    out.printf(Locale.ROOT, "agreement with exact on %,d samples: best class %s, five best %s%n",
        agreement.samples(), percent(agreement.top1()), percent(agreement.top5()));
    if (agreement.labelled() > 0) {
      out.printf(Locale.ROOT, "accuracy on %,d samples: exact %s, int8 %s%n",
          agreement.labelled(), percent(agreement.referenceAccuracy()), percent(agreement.accuracy()));
    }
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  private static long size(Path file) {
    return file.toFile().length();
  }
}
