package org.quintet.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.models.ModelBuilder;
import org.quintet.models.TrainedAs;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compile}: saves a compiled network, so that later programs start without packing. */
@CommandLine.Command(
    name = "compile",
    description = "Compile a network and save it, for --plan of bench, classify and run.",
    footer = {
      "",
      "The file is mapped by those who use it, and its memory shared. It is good for the same kind of CPU, versions, network, threads,",
      "precision and batch; elsewhere it is refused."
    })
final class CompileCommand extends Command {
  @Parameters(paramLabel = "MODEL", description = "A network, as listed by models.")
  private String model = "";

  @Mixin private NetworkOptions form = new NetworkOptions();
  @Mixin private WeightsOptions weights = new WeightsOptions();
  @Mixin private TunedOptions tuned = new TunedOptions();

  @Option(names = "--batch", paramLabel = "N", description = "Pictures per run; ${DEFAULT-VALUE} by default.")
  private int batch = 1;

  @Option(names = "--output", paramLabel = "FILE", required = true, description = "The file to write.")
  private Path output = Path.of("");

  @Override
  public Integer call() {
    CompileOptions base = tuned.apply(weights.apply(compileOptions())).batch(atLeastOne("--batch", batch));
    Path file = weights.file();
    if (file == null) {
      throw usage("compile needs --weights FILE");
    }
    TrainedAs trained = TrainedAs.of(file);
    ModelBuilder builder = form.builder(this, model, file, trained);
    try (Weights numbers = Weights.open(file)) {
      Network network = builder.buildFor(numbers.names());
      CompileOptions options = base.heads(network.heads().get(0).name());
      long start = System.nanoTime();
      try (Model compiled = form.bind(builder, () -> network.compile(numbers, options))) {
        double compileMs = (System.nanoTime() - start) / 1e6;
        compiled.save(output, trained == null ? Map.of() : trained.metadata());
        report(compiled, compileMs);
      }
    }
    return OK;
  }

  private void report(Model compiled, double compileMs) {
    print(
        Json.object(
            "model", compiled.network().name(),
            "variant", compiled.network().variant(),
            "batch", batch,
            "precision", precisionName(),
            "output", output.toString(),
            "bytes", size(),
            "packed_bytes", compiled.packedBytes(),
            "compile_ms", compileMs),
        out -> out.println(output + ": " + Table.grouped(size()) + " bytes"));
  }

  private long size() {
    try {
      return Files.size(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
