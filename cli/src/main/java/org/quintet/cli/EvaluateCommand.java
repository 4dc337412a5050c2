package org.quintet.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.quintet.Evaluation;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.data.DataFolder;
import org.quintet.data.Dataset;
import org.quintet.models.ModelBuilder;
import org.quintet.models.TrainedAs;
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
      description = "Names of the classes in the order of their numbers, as train writes them; by default as the weights say, "
          + "else the folders' names in order.")
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
    TrainedAs trained = TrainedAs.of(file);
    ModelBuilder builder =
        trained == null ? form.builder(this, model, DataOptions.classes(folder)) : form.builder(this, model, file, trained);
    Network network = builder.build();
    Dataset samples = data.test(folder, DataOptions.transform(folder, builder, network, trained), names(trained), err());
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

  /** The classes in the order of their numbers: as given, or as the weights say; null: as the folders' names are. */
  private @Nullable List<String> names(@Nullable TrainedAs trained) {
    if (labels != null) {
      return DataOptions.names(labels);
    }
    return trained == null ? null : trained.labels();
  }
}
