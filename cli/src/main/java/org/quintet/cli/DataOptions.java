package org.quintet.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.quintet.Network;
import org.quintet.ShapeException;
import org.quintet.data.Cifar10;
import org.quintet.data.DataFolder;
import org.quintet.data.Dataset;
import org.quintet.data.Mnist;
import org.quintet.data.PictureFolder;
import org.quintet.models.Labels;
import org.quintet.models.ModelBuilder;
import org.quintet.models.TrainedAs;
import org.quintet.pictures.Transform;
import picocli.CommandLine.Option;

/** The data set of {@code train} and {@code evaluate}. */
final class DataOptions {
  @Option(names = "--data", paramLabel = "DIR", required = true,
      description = "Folder with a data set: MNIST's idx files (plain or .gz), CIFAR-10's *.bin, or a folder of pictures for each class "
          + "(perhaps within train and val).")
  private Path folder = Path.of("");

  @Option(names = "--skip-corrupt", description = "Leave out pictures that cannot be decoded; else the first is an error.")
  private boolean skipCorrupt;

  /** What is in the folder. */
  DataFolder open() {
    return DataFolder.of(folder);
  }

  /** The part to train on, as {@code transform} shows it. */
  Dataset train(DataFolder data, Transform transform, PrintStream messages) {
    return sound(data.train(transform), messages);
  }

  /** The part to test with; {@code labels} says in which order the classes of pictures count, null: as in the training part. */
  Dataset test(DataFolder data, Transform transform, @Nullable List<String> labels, PrintStream messages) {
    return sound(data.test(transform, labels == null ? List.of() : labels), messages);
  }

  /** All names of a labels file. */
  static List<String> names(Path file) {
    Labels labels = Labels.read(file);
    return IntStream.range(0, labels.size()).mapToObj(labels::get).toList();
  }

  /** The number of classes where nobody has said it: as many as the data set has. */
  static int classes(DataFolder data) {
    return data.classes().size();
  }

  private Dataset sound(Dataset data, PrintStream messages) {
    if (data.size() == 0) {
      throw new CommandException(folder + ": the data set is empty");
    }
    return skipCorrupt && data instanceof PictureFolder pictures
        ? pictures.withoutDamaged(reason -> messages.println("skipped: " + reason))
        : data;
  }

  /**
   * How the pictures of a data set are framed and normalised for {@code network}.
   *
   * @param trained what its weights say; null: nothing, then what is usual for this kind of data
   */
  static Transform transform(DataFolder data, ModelBuilder builder, Network network, @Nullable TrainedAs trained) {
    long[] shape = network.inputShape();
    Transform natural = trained != null && trained.transform().channels() == shape[0] ? trained.transform() : switch (data.kind()) {
      case MNIST -> Mnist.transform();
      case CIFAR10 -> Cifar10.transform();
      case PICTURES, UNLABELLED -> builder.variant().transform();
    };
    if (shape[0] != natural.channels()) {
      throw new ShapeException("%s takes pictures of %d channel(s), those of %s have %d; --input-shape H,W,%d makes a network for them"
          .formatted(network, shape[0], data.folder(), natural.channels(), natural.channels()));
    }
    boolean fits = shape[1] == natural.height() && shape[2] == natural.width();
    return fits ? natural : natural.size((int) shape[1], (int) shape[2]);
  }
}
