package org.quintet.cli;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.quintet.Evaluation;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.data.DataFolder;
import org.quintet.data.Dataset;
import org.quintet.models.ModelBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code evaluate}: how good weights are on a data set's test part. */
@CommandLine.Command(name = "evaluate", description = "Measure accuracy and loss of weights on a data set.")
final class EvaluateCommand extends Command {
  @Parameters(paramLabel = "MODEL", description = "A network, as listed by models.")
  private String model = "";

  @Mixin private NetworkOptions form = new NetworkOptions();
  @Mixin private WeightsOptions weights = new WeightsOptions();
  @Mixin private DataOptions data = new DataOptions();

  @Option(names = "--labels", paramLabel = "FILE",
      description = "Names of the classes in the order of their numbers, as train writes them; by default the folders' names in order.")
  private @Nullable Path labels;

  @Option(names = "--batch", paramLabel = "N", description = "Pictures per run; ${DEFAULT-VALUE} by default.")
  private int batch = 64;

  @Override
  public Integer call() {
    Path file = weights.file();
    if (file == null) {
      throw usage("--weights FILE is missing: what is to be evaluated");
    }
    DataFolder folder = data.open();
    ModelBuilder builder = form.builder(this, model, DataOptions.classes(folder));
    Network network = builder.build();
    Dataset samples = data.test(folder, builder, network, labels == null ? null : DataOptions.names(labels), err());
    try (Weights numbers = Weights.open(file);
        Model compiled = form.bind(builder, () -> network.compile(numbers,
            weights.apply(compileOptions()).batch(atLeastOne("--batch", batch)).heads(network.heads().get(0).name())))) {
      Evaluation result = Evaluation.of(compiled, samples, batch);
      print(
          Json.object(
              "model", network.name(),
              "variant", network.variant(),
              "accuracy", result.accuracy(),
              "loss", result.loss(),
              "samples", result.samples()),
          out -> out.printf(Locale.ROOT, "accuracy %.4f, loss %.5f, %,d samples%n",
              result.accuracy(), result.loss(), result.samples()));
    }
    return OK;
  }
}
