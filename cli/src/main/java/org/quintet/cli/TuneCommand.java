package org.quintet.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.CompileOptions;
import org.quintet.Network;
import org.quintet.Quintet;
import org.quintet.Tuning;
import org.quintet.Weights;
import org.quintet.models.ModelBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tune}: measures how each layer is computed fastest on this machine. */
@CommandLine.Command(
    name = "tune",
    description = "Measure how each layer is computed fastest on this machine, and keep it for --tuned.",
    footer = {
      "",
      "Measurements are kept by CPU, versions, threads, precision and the layers' geometry: other networks with such layers profit too.",
      "The machine should do nothing else meanwhile."
    })
final class TuneCommand extends Command {
  @Parameters(paramLabel = "MODEL", description = "A network, as listed by models.")
  private String model = "";

  @Mixin private NetworkOptions form = new NetworkOptions();
  @Mixin private WeightsOptions weights = new WeightsOptions();

  @Option(names = "--batch", paramLabel = "N", description = "Pictures per run; ${DEFAULT-VALUE} by default.")
  private int batch = 1;

  @Option(names = "--tuning", paramLabel = "DIR", description = "Where to keep the measurements; by default in Quintet's cache.")
  private @Nullable Path directory;

  @Override
  public Integer call() {
    CompileOptions base = weights.apply(compileOptions()).batch(atLeastOne("--batch", batch));
    ModelBuilder builder = form.builder(this, model);
    Network network = builder.build();
    CompileOptions options = (directory == null ? base.tune() : base.tune(directory)).heads(BenchCommand.mainLogits(network));
    try (Weights numbers = weights.openOrRandom(network)) {
      Tuning tuning = form.bind(builder, () -> network.tune(numbers, options));
      print(document(network, options, tuning), out -> print(tuning, out));
    }
    return OK;
  }

  private Map<String, @Nullable Object> document(Network network, CompileOptions options, Tuning tuning) {
    Map<String, Object> cpu = Json.readObject(Quintet.cpuReport());
    return Json.object(
        "model", network.name(),
        "variant", network.variant(),
        "batch", batch,
        "threads", threads() > 0 ? threads() : Quintet.allowedThreads(),
        "precision", precisionName(),
        "before_ms", tuning.beforeMilliseconds(),
        "after_ms", tuning.afterMilliseconds(),
        "tuning", String.valueOf(options.tuning()),
        "layers", tuning.layers().stream().map(TuneCommand::document).toList(),
        "cpu", cpu.get("cpu"),
        "isa", cpu.get("isa"),
        "versions", Versions.of(cpu));
  }

  private static Map<String, @Nullable Object> document(Tuning.Layer layer) {
    return Json.object(
        "key", layer.key(),
        "nodes", layer.nodes(),
        "model", layer.model(),
        "choice", layer.choice(),
        "candidates", layer.candidates().stream().map(c -> Json.object("way", c.way(), "ms", c.milliseconds())).toList());
  }

  private static void print(Tuning tuning, PrintStream out) {
    Table table = new Table("lrlrlr", "LAYERS", "COUNT", "COST MODEL", "MS", "MEASURED BEST", "MS");
    for (Tuning.Layer layer : tuning.layers()) {
      table.row(
          layer.nodes().get(0), layer.nodes().size(), layer.model(), milliseconds(layer, layer.model()), layer.choice(),
          milliseconds(layer, layer.choice()));
    }
    table.print(out);
    out.printf(Locale.ROOT, "a run: %.3f ms by the cost model, %.3f ms as measured%n", tuning.beforeMilliseconds(), tuning.afterMilliseconds());
  }

  private static String milliseconds(Tuning.Layer layer, String way) {
    List<Tuning.Candidate> found = layer.candidates().stream().filter(c -> c.way().equals(way)).toList();
    return found.stream().min(Comparator.comparingDouble(Tuning.Candidate::milliseconds))
        .map(c -> String.format(Locale.ROOT, "%.4f", c.milliseconds())).orElse("");
  }
}
