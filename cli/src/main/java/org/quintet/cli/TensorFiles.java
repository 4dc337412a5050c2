package org.quintet.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.quintet.Network;
import org.quintet.Tensor;
import org.quintet.Weights;
import org.quintet.weights.Npy;

/** Reads the pictures that {@code run} is given as tensors. */
final class TensorFiles {
  private static final String INPUT = "input";

  private TensorFiles() {}

  /**
   * The pictures in {@code file}, N,C,H,W.
   *
   * @throws CommandException if {@code network} does not take such pictures
   */
  static Npy readPictures(Path file, Network network) {
    Npy pictures = file.toString().toLowerCase(Locale.ROOT).endsWith(".npy") ? Npy.read(file) : readSafetensors(file);
    long[] shape = pictures.shape();
    long[] expected = network.inputShape();
    if (shape.length != 4 || shape[1] != expected[0] || shape[2] != expected[1] || shape[3] != expected[2]) {
      String other = shape.length != 4
          ? "; the dimensions are batch, channels, height, width"
          : "; for pictures of another size give --input-shape %d,%d,%d".formatted(shape[2], shape[3], shape[1]);
      throw new CommandException("%s is %s, but %s takes N x %s%s"
          .formatted(file, Table.shape(shape), network, Table.shape(expected), other));
    }
    if (shape[0] < 1) {
      throw new CommandException(file + " holds no picture: its batch is 0");
    }
    return pictures;
  }

  private static Npy readSafetensors(Path file) {
    try (Weights tensors = Weights.open(file)) {
      Set<String> names = tensors.names();
      if (!names.contains(INPUT) && names.size() != 1) {
        throw new CommandException("%s holds %d tensors, and none is called %s".formatted(file, names.size(), INPUT));
      }
      Tensor tensor = tensors.get(names.contains(INPUT) ? INPUT : names.iterator().next());
      return new Npy(tensor.shape(), tensor.toFloats());
    }
  }
}
