package org.quintet.models;

import java.net.URL;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.quintet.ArgumentException;
import org.quintet.Graph;
import org.quintet.Network;

/** One network of the registry: its names, its variants, and the way to build it. Immutable and safe for all threads. */
public final class ModelInfo {
  private final String name;
  private final String description;
  private final Composition composition;
  private final List<VariantInfo> variants;

  ModelInfo(String name, String description, Composition composition, List<VariantInfo> variants) {
    this.name = name;
    this.description = description;
    this.composition = composition;
    this.variants = List.copyOf(variants);
  }

  /** The name on the command line, as {@code resnet50}. */
  public String name() {
    return name;
  }

  /** The name for a person, as {@code ResNet-50}. */
  public String description() {
    return description;
  }

  /** All variants, the default first. */
  public List<VariantInfo> variants() {
    return variants;
  }

  /** What is built when nothing else is asked for: the article's. */
  public VariantInfo defaultVariant() {
    return variants.get(0);
  }

  /**
   * What is known of one variant.
   *
   * @throws ArgumentException if this network has no such variant; the message lists those it has
   */
  public VariantInfo variant(Variant variant) {
    return variants.stream()
        .filter(v -> v.variant() == variant)
        .findFirst()
        .orElseThrow(() -> new ArgumentException(name + " has no variant " + variant.label() + "; it has "
            + variants.stream().map(v -> v.variant().label()).collect(Collectors.joining(", "))));
  }

  /** The weights of a variant that come with this library, as a resource in safetensors; empty for most. */
  public Optional<URL> embeddedWeights(Variant variant) {
    return Optional.ofNullable(ModelInfo.class.getResource("weights/" + name + "-" + variant.label() + ".safetensors"));
  }

  /** The first variant whose weights come with this library. */
  public Optional<VariantInfo> embeddedVariant() {
    return variants.stream().filter(v -> embeddedWeights(v.variant()).isPresent()).findFirst();
  }

  /** A builder that starts from the default variant. */
  public ModelBuilder builder() {
    return new ModelBuilder(this);
  }

  Network build(Composition.Choices choices, int height, int width, int channels) {
    Graph graph = new Graph(name);
    composition.compose(graph, graph.input(channels, height, width), choices);
    return graph.build(choices.variant().label());
  }
}
