package org.quintet.models;

import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.quintet.ArgumentException;
import org.quintet.Network;

/**
 * Chooses a form of a network and builds it. What is not chosen is the variant's default. Not thread-safe; may be built from
 * more than once.
 */
public final class ModelBuilder {
  private record InputShape(int height, int width, int channels) {}

  private final ModelInfo info;
  private VariantInfo variant;
  private @Nullable Integer classes;
  private @Nullable InputShape inputShape;
  private @Nullable Boolean auxiliaryHeads;

  ModelBuilder(ModelInfo info) {
    this.info = info;
    this.variant = info.defaultVariant();
  }

  /**
   * Whose form of the network.
   *
   * @throws ArgumentException if the network has no such variant
   */
  public ModelBuilder variant(Variant chosen) {
    variant = info.variant(chosen);
    return this;
  }

  /**
   * The same by name, as on the command line.
   *
   * @throws ArgumentException if there is no such variant; the message lists those there are
   */
  public ModelBuilder variant(String chosen) {
    return variant(Variant.of(chosen));
  }

  /**
   * Units of every head.
   *
   * @throws ArgumentException if less than 1
   */
  public ModelBuilder classes(int number) {
    classes = positive("classes", number);
    return this;
  }

  /**
   * The picture's size in pixels and its channels.
   *
   * @throws ArgumentException if any is less than 1; whether the network can work with them, {@link #build} says
   */
  public ModelBuilder inputShape(int height, int width, int channels) {
    inputShape = new InputShape(positive("height", height), positive("width", width), positive("channels", channels));
    return this;
  }

  /** Whether the heads that only help training are wanted; networks without such heads ignore it. */
  public ModelBuilder auxiliaryHeads(boolean wanted) {
    auxiliaryHeads = wanted;
    return this;
  }

  /** The network this builds a form of. */
  public ModelInfo info() {
    return info;
  }

  /** The variant chosen so far. */
  public VariantInfo variant() {
    return variant;
  }

  /** Units of every head, as chosen so far or by default. */
  public int classes() {
    return classes == null ? variant.classes() : classes;
  }

  /** What the classes are called: as the variant says if it has so many, else by their numbers. */
  public Labels labels() {
    return classes() == variant.labels().size() ? variant.labels() : Labels.numbers(classes());
  }

  /**
   * The network, every shape checked.
   *
   * @throws org.quintet.ShapeException if the input shape is too small for it; the message names the layer
   */
  public Network build() {
    return build(auxiliaryHeads == null ? variant.auxiliaryHeads() : auxiliaryHeads);
  }

  /**
   * The network that weights of these names are for: published files have weights for the auxiliary heads or not, and unless
   * {@link #auxiliaryHeads} was called the network has those heads if they have.
   *
   * @throws org.quintet.ShapeException as {@link #build}
   */
  public Network buildFor(Set<String> weights) {
    if (auxiliaryHeads != null) {
      return build();
    }
    Network plain = build(false);
    Network whole = build(true);
    Set<String> known = names(plain);
    return names(whole).stream().anyMatch(n -> !known.contains(n) && weights.contains(n)) ? whole : plain;
  }

  private static Set<String> names(Network network) {
    return network.parameters().stream().map(Network.Parameter::name).collect(Collectors.toSet());
  }

  private Network build(boolean withAuxiliaryHeads) {
    Composition.Choices choices = new Composition.Choices(variant.variant(), classes(), withAuxiliaryHeads);
    InputShape in = inputShape == null ? new InputShape(variant.height(), variant.width(), variant.channels()) : inputShape;
    return info.build(choices, in.height, in.width, in.channels);
  }

  private static int positive(String what, int number) {
    if (number < 1) {
      throw new ArgumentException(what + " is " + number + "; it must be at least 1");
    }
    return number;
  }
}
