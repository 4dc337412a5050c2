package org.quintet.benchmarks;

import java.nio.FloatBuffer;
import java.util.Random;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.models.Models;
import org.quintet.models.Variant;

/** What is measured: a network in the form that other libraries have it in too, with random weights, and the picture it runs on. */
public final class Subject {
  private static final long SEED = 7;

  private Subject() {}

  /** The network of that name: torchvision's form of it; the article's for LeNet-5, which torchvision has not. */
  public static Network network(String name) {
    return Models.builder(name).variant(name.equals("lenet5") ? Variant.ARTICLE : Variant.TORCHVISION).build();
  }

  /** The same random weights each time. */
  public static Weights weights(Network network) {
    return Weights.random(network, SEED);
  }

  /** Fills {@code input} with noise of unit variance, the same each time. */
  public static void fill(FloatBuffer input) {
    Random random = new Random(SEED);
    while (input.hasRemaining()) {
      input.put((float) random.nextGaussian());
    }
    input.rewind();
  }

  /** The name of the network's main answer before the softmax. */
  public static String mainHead(Network network) {
    return network.heads().get(0).name() + ".logits";
  }
}
