package org.quintet;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a network is trained, whatever the data. Immutable; each method returns a changed copy.
 *
 * @param loss what is made small
 * @param optimizer how parameters change
 * @param threads the team that computes a step; 0: all that are allowed
 * @param seed of fresh weights and of dropout
 * @param dropout whether dropout layers drop
 * @param frozen layers that keep their parameters, by name
 * @param frozenUntil the last layer that keeps its parameters, with all before it; null: none
 * @param freshHead whether layers that the weights given lack, or have in another shape, start fresh; else that is an error
 */
public record TrainOptions(
    Loss loss,
    Optimizer optimizer,
    int threads,
    long seed,
    boolean dropout,
    List<String> frozen,
    @Nullable String frozenUntil,
    boolean freshHead) {

  /** Checks the numbers and copies the list. */
  public TrainOptions {
    if (threads < 0) {
      throw new ArgumentException("threads is " + threads + ", the least is 0");
    }
    frozen = List.copyOf(frozen);
  }

  /** All allowed threads, seed 0, nothing frozen. */
  public static TrainOptions of(Loss loss, Optimizer optimizer) {
    return new TrainOptions(loss, optimizer, 0, 0, true, List.of(), null, false);
  }

  /** The team that computes a step; 0: all that are allowed. */
  public TrainOptions threads(int value) {
    return new TrainOptions(loss, optimizer, value, seed, dropout, frozen, frozenUntil, freshHead);
  }

  /** The seed of fresh weights and of dropout. */
  public TrainOptions seed(long value) {
    return new TrainOptions(loss, optimizer, threads, value, dropout, frozen, frozenUntil, freshHead);
  }

  /** Lets dropout layers do nothing. */
  public TrainOptions withoutDropout() {
    return new TrainOptions(loss, optimizer, threads, seed, false, frozen, frozenUntil, freshHead);
  }

  /** Lets these layers keep their parameters; their batch norms use moving statistics. */
  public TrainOptions freeze(String... layers) {
    return new TrainOptions(loss, optimizer, threads, seed, dropout, List.of(layers), frozenUntil, freshHead);
  }

  /**
   * Lets every layer up to and including {@code layer} keep its parameters: one layer's name, or the beginning of several layers'
   * names up to a dot, of which the last counts ({@code conv4x} in a ResNet).
   */
  public TrainOptions freezeUntil(String layer) {
    return new TrainOptions(loss, optimizer, threads, seed, dropout, frozen, layer, freshHead);
  }

  /** Fine-tuning: layers that the weights given lack, or have in another shape, start fresh; what is left over is ignored. */
  public TrainOptions replaceHead() {
    return new TrainOptions(loss, optimizer, threads, seed, dropout, frozen, frozenUntil, true);
  }

  /**
   * All frozen layers that have parameters.
   *
   * @throws ArgumentException if a layer does not exist
   */
  List<String> frozenLayers(Network network) {
    List<String> layers = network.layers().stream().filter(l -> l.parameters() > 0).map(Network.Layer::name).toList();
    List<String> result = new ArrayList<>(frozen);
    if (frozenUntil != null) {
      List<String> all = network.layers().stream().map(Network.Layer::name).toList();
      int last = -1;
      for (int i = 0; i < all.size(); i++) {
        if (all.get(i).equals(frozenUntil) || all.get(i).startsWith(frozenUntil + ".")) {
          last = i;
        }
      }
      if (last < 0) {
        throw new ArgumentException(network + " has no layer " + frozenUntil + " to freeze; there are " + String.join(", ", all));
      }
      all.subList(0, last + 1).stream().filter(layers::contains).filter(l -> !result.contains(l)).forEach(result::add);
    }
    return result;
  }
}
