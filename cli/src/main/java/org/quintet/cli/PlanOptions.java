package org.quintet.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.models.ModelBuilder;
import picocli.CommandLine.Option;

/** A plan that {@code compile} saved, in place of weights. */
final class PlanOptions {
  @Option(names = "--plan", paramLabel = "FILE", description = "A plan saved by compile, in place of weights: nothing is packed.")
  private @Nullable Path file;

  /** Whether there is one. */
  boolean given() {
    return file != null;
  }

  /** The plan, or else the file of {@code weights}; null without either. */
  @Nullable Path orElse(WeightsOptions weights) {
    return file != null ? file : weights.file();
  }

  /** The network that {@code builder} describes, in the form that was saved; else as it is built anyhow. */
  Network network(ModelBuilder builder) {
    return file == null ? builder.build() : builder.buildFor(Model.savedParameters(file));
  }

  /** {@code network} as it was saved; what {@code command} says about threads and precision must agree. */
  Model load(Command command, Network network) {
    return checked(command, network.load(path()));
  }

  /** The same with so many lanes. */
  Model load(Command command, Network network, int lanes) {
    return checked(command, network.load(path(), lanes));
  }

  /** The file, where there is one. */
  Path path() {
    if (file == null) {
      throw new IllegalStateException("no plan");
    }
    return file;
  }

  private Model checked(Command command, Model model) {
    try {
      command.checkAgreement(path(), model.options());
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }
}
