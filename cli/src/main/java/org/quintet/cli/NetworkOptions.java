package org.quintet.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.quintet.ArgumentException;
import org.quintet.WeightsException;
import org.quintet.models.ModelBuilder;
import org.quintet.models.Models;
import org.quintet.models.TrainedAs;
import picocli.CommandLine.Option;

/** Which form of a network: the options that all commands share which build one. */
final class NetworkOptions {
  @Option(names = "--variant", paramLabel = "V", description = "Whose form of the network, as listed by models; article by default.")
  private @Nullable String variant;

  @Option(names = "--input-shape", paramLabel = "H,W,C", description = "Height, width and channels of a picture.")
  private @Nullable InputShape inputShape;

  @Option(names = "--classes", paramLabel = "N", description = "Number of classes.")
  private @Nullable Integer classes;

  /** The network called {@code model} in the form asked for; a usage error of {@code command} if there is none. */
  ModelBuilder builder(Command command, String model) {
    return form(command, () -> Models.builder(model));
  }

  /**
   * The same for the weights in {@code file}, which may say of what form they are: then that is the network's where nobody said another
   * one.
   *
   * @param trained what the file says; null: nothing
   * @throws CommandException if they are for another network
   */
  ModelBuilder builder(Command command, String model, @Nullable Path file, @Nullable TrainedAs trained) {
    if (trained == null) {
      return builder(command, model);
    }
    if (!trained.network().equals(model)) {
      throw new CommandException("%s: these are weights of %s, not of %s".formatted(file, trained.network(), model));
    }
    return form(command, trained::builder);
  }

  /** The same where the weights or the saved plan are looked at for nothing else; null: there are none. */
  ModelBuilder builderFor(Command command, String model, @Nullable Path source) {
    return builder(command, model, source, source == null ? null : TrainedAs.of(source));
  }

  /** What was asked for here, changed in what {@code start} gives. */
  private ModelBuilder form(Command command, Supplier<ModelBuilder> start) {
    try {
      ModelBuilder builder = start.get();
      if (variant != null) {
        builder.variant(variant);
      }
      if (inputShape != null) {
        builder.inputShape(inputShape.height(), inputShape.width(), inputShape.channels());
      }
      if (classes != null) {
        builder.classes(command.atLeastOne("--classes", classes));
      }
      return builder;
    } catch (ArgumentException e) {
      throw command.usage(String.valueOf(e.getMessage()));
    }
  }

  /** The network called {@code model} as asked for, with so many classes where nobody has said how many. */
  ModelBuilder builder(Command command, String model, int likelyClasses) {
    ModelBuilder builder = builder(command, model);
    return classes == null ? builder.classes(likelyClasses) : builder;
  }

  /**
   * What {@code binding} returns, which gives weights to {@code network}. If they do not fit it and nobody named a variant, the error
   * says that there are others.
   */
  <T> T bind(ModelBuilder network, Supplier<T> binding) {
    try {
      return binding.get();
    } catch (WeightsException e) {
      List<String> variants = network.info().variants().stream().map(v -> v.variant().label()).toList();
      if (variant != null || variants.size() < 2) {
        throw e;
      }
      throw new CommandException(
          "%s. This is %s's variant %s; for others there is --variant: %s".formatted(
              e.getMessage(), network.info().name(), network.variant().variant().label(), String.join(", ", variants)), e);
    }
  }

  /** Whether a number of classes was given. */
  boolean hasClasses() {
    return classes != null;
  }

  /** Whether a variant was named. */
  boolean hasVariant() {
    return variant != null;
  }
}
