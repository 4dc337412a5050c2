package org.quintet.cli;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Precision;
import org.quintet.Quintet;
import org.quintet.Session;
import org.quintet.Weights;
import org.quintet.data.Dataset;
import org.quintet.models.ModelBuilder;
import org.quintet.onnx.OnnxWriter;
import org.quintet.quantization.Quantizer;
import org.quintet.quantization.RangeMethod;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench}: how long a run takes. */
@CommandLine.Command(name = "bench", description = "Measure a network, with random weights unless some are given.")
final class BenchCommand extends Command {
  private static final long SEED = 7;

  @Parameters(paramLabel = "MODEL", description = "A network, as listed by models.")
  private String model = "";

  @Mixin private NetworkOptions form = new NetworkOptions();
  @Mixin private WeightsOptions weights = new WeightsOptions();
  @Mixin private TunedOptions tuned = new TunedOptions();
  @Mixin private PlanOptions plan = new PlanOptions();

  @Option(names = "--batch", paramLabel = "N", description = "Pictures per run; ${DEFAULT-VALUE} by default.")
  private int batch = 1;

  @Option(names = "--lanes", paramLabel = "N", description = "Runs at a time, each by so many threads; ${DEFAULT-VALUE} by default.")
  private int lanes = 1;

  @Option(names = "--seconds", paramLabel = "S", description = "How long to measure; ${DEFAULT-VALUE} by default.")
  private double seconds = 3;

  @Option(names = "--profile", description = "Also measure layer by layer.")
  private boolean profile;

  @Option(names = "--without", paramLabel = "PASS", arity = "1..*", description = "Passes of the compiler to switch off.")
  private List<String> without = new ArrayList<>();

  @Option(names = "--onnx-out", paramLabel = "FILE", description = "Also write the network with these weights as an ONNX model.")
  private @Nullable Path onnx;

  private double compileMs;

  /** The output that is measured: the main head's, before the softmax. */
  static String mainLogits(Network network) {
    return network.heads().get(0).name() + ".logits";
  }

  @Override
  public Integer call() {
    CompileOptions options = options();
    ModelBuilder builder = form.builderFor(this, model, plan.orElse(weights));
    Network network = plan.network(builder);
    long start = System.nanoTime();
    try (Model compiled = plan.given() ? load(network) : compile(builder, network, options)) {
      double loadMs = (System.nanoTime() - start) / 1e6;
      measure(compiled, plan.given() ? loadMs : compileMs);
    }
    return OK;
  }

  private Model load(Network network) {
    if (weights.file() != null || onnx != null) {
      throw usage("--plan has the weights: neither --weights nor --onnx-out goes with it");
    }
    Model compiled = plan.load(this, network, lanes);
    batch = compiled.options().batch();
    return compiled;
  }

  /** The weights are closed behind it: what is measured holds the model's own and no more. */
  private Model compile(ModelBuilder builder, Network network, CompileOptions options) {
    try (Weights numbers = weights.openOrRandom(network)) {
      if (onnx != null) {
        OnnxWriter.write(onnx, network, numbers);
      }
      try (Weights used = inPrecision(numbers, network, options)) {
        long start = System.nanoTime();
        Model compiled = form.bind(builder, () -> network.compile(used, options.heads(mainLogits(network))));
        compileMs = (System.nanoTime() - start) / 1e6;
        return compiled;
      }
    }
  }

  private CompileOptions options() {
    if (!(seconds >= 0 && seconds <= 86_400)) {
      throw usage("--seconds is " + seconds + "; give 0 to 86400");
    }
    return tuned.apply(weights.apply(compileOptions()))
        .batch(atLeastOne("--batch", batch))
        .lanes(atLeastOne("--lanes", lanes))
        .without(without.toArray(String[]::new));
  }

  /** {@code numbers}; where 8 bits are to be measured and no file was given, quantised by what noise there is between the layers. */
  private Weights inPrecision(Weights numbers, Network network, CompileOptions options) {
    if (options.precision() != Precision.INT8 || weights.file() != null) {
      return numbers;
    }
    Dataset noise = Dataset.of(2, (index, target) -> {
      fill(target, SEED + index);
      return Dataset.NO_LABEL;
    });
    return Quantizer.of(network, numbers).method(RangeMethod.minMax()).biasCorrection(false).options(compileOptions()).quantize(noise).weights();
  }

  private void measure(Model compiled, double compileMs) {
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < lanes; i++) {
      sessions.add(compiled.session());
      fill(sessions.get(i).input(), SEED);
    }
    long start = System.nanoTime();
    sessions.get(0).run();
    double firstMs = (System.nanoTime() - start) / 1e6;
    Measurement.warm(sessions.get(0));
    Measurement measured = Measurement.of(sessions, seconds);
    Map<String, @Nullable Object> document = document(compiled, measured, compileMs, firstMs);
    List<Map<String, @Nullable Object>> layers = profile ? Profile.of(compiled, measured) : List.of();
    if (profile) {
      document.put("limits", Json.readObject(compiled.limits()));
      document.put("layers", layers);
    }
    print(document, out -> {
      document.forEach((name, value) -> out.print(name.equals("layers") ? "" : Table.fact(name, value)));
      if (profile) {
        Profile.print(layers, out);
      }
    });
  }

  private Map<String, @Nullable Object> document(Model compiled, Measurement measured, double compileMs, double firstMs) {
    Map<String, Object> cpu = Json.readObject(Quintet.cpuReport());
    int threads = compiled.options().threads();
    Network network = compiled.network();
    return Json.object(
        "model", network.name(),
        "variant", network.variant(),
        "input_shape", network.inputShape(),
        "batch", batch,
        "lanes", lanes,
        "median_ms", measured.milliseconds(50),
        "p90_ms", measured.milliseconds(90),
        "p99_ms", measured.milliseconds(99),
        "min_ms", measured.milliseconds(0),
        "runs", measured.runs(),
        "images_per_second", measured.runs() * (double) batch / measured.seconds(),
        "gflops", 2e-9 * network.macs() * measured.runs() * batch / measured.seconds(),
        "compile_ms", compileMs,
        "first_ms", firstMs,
        "rss_bytes", ProcessMemory.resident(),
        "peak_rss_bytes", ProcessMemory.peak(),
        "packed_bytes", compiled.packedBytes(),
        "arena_bytes", compiled.arenaBytes(),
        "native_memory_bytes", Quintet.nativeMemory(),
        "peak_native_memory_bytes", Quintet.peakNativeMemory(),
        "threads", threads > 0 ? threads : Math.max(1, Quintet.allowedThreads() / lanes),
        "precision", PrecisionName.of(compiled.options().precision()),
        "cpu", cpu.get("cpu"),
        "isa", cpu.get("isa"),
        "versions", Versions.of(cpu));
  }

  /** The same picture each time: noise of unit variance. */
  private static void fill(FloatBuffer input, long seed) {
    Random random = new Random(seed);
    while (input.hasRemaining()) {
      input.put((float) random.nextGaussian());
    }
  }
}
