package org.quintet.models;

import java.util.List;
import java.util.stream.Stream;
import org.quintet.ArgumentException;
import org.quintet.Quintet;

/** The registry of all networks, in the order of their years and depths. */
public final class Models {
  static {
    Quintet.preload();   // takes as long as the list below does, and every network in it needs them
  }

  private static final List<ModelInfo> ALL = Stream.concat(
      Stream.of(LeNet5.INFO, AlexNet.INFO, Vgg.VGG16, Vgg.VGG19, GoogLeNet.INFO),
      ResNet.INFOS.stream()).toList();

  private Models() {}

  /** All networks. */
  public static List<ModelInfo> all() {
    return ALL;
  }

  /** The names of all networks. */
  public static List<String> names() {
    return ALL.stream().map(ModelInfo::name).toList();
  }

  /**
   * The network of that name.
   *
   * @throws ArgumentException if there is none; the message lists all
   */
  public static ModelInfo info(String name) {
    return ALL.stream()
        .filter(m -> m.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new ArgumentException("no model " + name + "; there are " + String.join(", ", names())));
  }

  /**
   * A builder for the network of that name.
   *
   * @throws ArgumentException if there is none; the message lists all
   */
  public static ModelBuilder builder(String name) {
    return info(name).builder();
  }
}
