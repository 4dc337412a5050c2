package org.quintet.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.Network;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code summary}: the layers of a network. */
@CommandLine.Command(name = "summary", description = "Print a network's layers: name, type, output shape, parameters, multiply-accumulates.")
final class SummaryCommand extends Command {
  @Parameters(paramLabel = "MODEL", description = "A network, as listed by models.")
  private String model = "";

  @Mixin private NetworkOptions form = new NetworkOptions();

  @Override
  public Integer call() {
    Network network = form.builder(this, model).build();
    print(
        Json.object(
            "model", network.name(),
            "variant", network.variant(),
            "input_shape", network.inputShape(),
            "layers", network.layers().stream().map(SummaryCommand::document).toList(),
            "parameters", parameters(network),
            "macs", network.macs()),
        out -> {
          out.println(network + ", input " + Table.shape(network.inputShape()));
          Table table = new Table("lllrr", "LAYER", "TYPE", "OUTPUT", "PARAMETERS", "MACS");
          network.layers().forEach(l -> table.row(l.name(), l.type(), Table.shape(l.outputShape()), l.parameters(), l.macs()));
          table.print(out);
          out.println("parameters " + Table.grouped(network.trainableParameters()) + " trainable, "
              + Table.grouped(network.totalParameters()) + " in total; MACs " + Table.grouped(network.macs()));
        });
    return OK;
  }

  /** Trainable ones, and all with the moving statistics. */
  static Map<String, @Nullable Object> parameters(Network network) {
    return Json.object("trainable", network.trainableParameters(), "total", network.totalParameters());
  }

  private static Map<String, @Nullable Object> document(Network.Layer layer) {
    return Json.object(
        "name", layer.name(),
        "type", layer.type(),
        "output_shape", layer.outputShape(),
        "parameters", layer.parameters(),
        "macs", layer.macs());
  }
}
