package org.quintet.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.Network;
import org.quintet.models.ModelInfo;
import org.quintet.models.Models;
import org.quintet.models.VariantInfo;
import picocli.CommandLine;

/** {@code models}: all networks and their variants. */
@CommandLine.Command(name = "models", description = "List the networks and their variants.")
final class ModelsCommand extends Command {
  private record Row(ModelInfo model, VariantInfo variant, Network network) {
    boolean embedded() {
      return model.embeddedWeights(variant.variant()).isPresent();
    }

    double gmacs() {
      return network.macs() / 1e9;
    }
  }

  @Override
  public Integer call() {
    List<List<Row>> models = Models.all().stream().map(ModelsCommand::rows).toList();
    print(
        Json.object("models", models.stream().map(ModelsCommand::document).toList()),
        out -> {
          Table table = new Table("llrrrlll", "MODEL", "VARIANT", "INPUT", "PARAMETERS", "GMACS", "CLASSES", "WEIGHTS", "");
          models.forEach(rows -> rows.forEach(row -> table.row(
              row.model.name(), row.variant.variant().label(), Table.shape(row.network.inputShape()), row.network.trainableParameters(),
              String.format(Locale.ROOT, "%.3f", row.gmacs()), Integer.toString(row.variant.classes()), row.embedded() ? "embedded" : "",
              row.variant.description())));
          table.print(out);
        });
    return OK;
  }

  private static List<Row> rows(ModelInfo model) {
    return model.variants().stream()
        .map(variant -> new Row(model, variant, model.builder().variant(variant.variant()).build()))
        .toList();
  }

  private static Map<String, @Nullable Object> document(List<Row> rows) {
    ModelInfo model = rows.get(0).model;
    return Json.object(
        "name", model.name(),
        "description", model.description(),
        "variants", rows.stream().map(ModelsCommand::document).toList());
  }

  private static Map<String, @Nullable Object> document(Row row) {
    return Json.object(
        "name", row.variant.variant().label(),
        "description", row.variant.description(),
        "input_shape", row.network.inputShape(),
        "classes", row.variant.classes(),
        "parameters", SummaryCommand.parameters(row.network),
        "macs", row.network.macs(),
        "gmacs", row.gmacs(),
        "embedded_weights", row.embedded());
  }
}
