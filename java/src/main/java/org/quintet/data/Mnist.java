package org.quintet.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.quintet.FormatException;
import org.quintet.pictures.Picture;
import org.quintet.pictures.Transform;

/**
 * MNIST and the sets of its form (Fashion-MNIST, KMNIST): {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte} and the same
 * with {@code t10k}, each plain or as {@code .gz}. Held in memory as bytes. Immutable and thread-safe.
 */
public final class Mnist extends PictureDataset {
  private final IdxFile pictures;
  private final IdxFile labels;

  private Mnist(IdxFile pictures, IdxFile labels, Transform transform) {
    super(transform, pictures.shape()[0]);
    this.pictures = pictures;
    this.labels = labels;
  }

  /** The 60,000 training digits of a folder, 1 x 32 x 32 as LeNet-5 takes them: see {@link #transform()}. */
  public static Mnist train(Path folder) {
    return train(folder, transform());
  }

  /**
   * The training digits as {@code transform} frames and normalises them.
   *
   * @throws FormatException if a file is missing or damaged, or labels and pictures are not as many
   */
  public static Mnist train(Path folder, Transform transform) {
    return read(folder, "train", transform);
  }

  /** The 10,000 test digits of a folder, likewise. */
  public static Mnist test(Path folder) {
    return test(folder, transform());
  }

  /** The test digits as {@code transform} frames and normalises them; see {@link #train(Path, Transform)}. */
  public static Mnist test(Path folder, Transform transform) {
    return read(folder, "t10k", transform);
  }

  /** What LeNet-5 wants: levels less MNIST's mean by its deviation, with a margin of 2 pixels. */
  public static Transform transform() {
    return Transform.mnist().padded(2);
  }

  /** Whether a folder has MNIST's training or test pictures. */
  static boolean isIn(Path folder) {
    return find(folder, "train-images", 3) != null || find(folder, "t10k-images", 3) != null;
  }

  private static Mnist read(Path folder, String part, Transform transform) {
    IdxFile pictures = IdxFile.read(require(folder, part + "-images", 3), 3);
    IdxFile labels = IdxFile.read(require(folder, part + "-labels", 1), 1);
    int count = pictures.shape()[0];
    if (count != labels.shape()[0]) {
      throw new FormatException("%s has %,d pictures, %s has %,d labels".formatted(
          pictures.file(), count, labels.file(), labels.shape()[0]));
    }
    if (count > 0 && pictures.data().length == 0) {
      throw new FormatException("%s: its pictures are of %d x %d pixels".formatted(
          pictures.file(), pictures.shape()[1], pictures.shape()[2]));
    }
    return new Mnist(pictures, labels, transform);
  }

  private static List<String> names(String what, int rank) {
    String plain = what + "-idx" + rank + "-ubyte";
    String dotted = what + ".idx" + rank + "-ubyte";
    return List.of(plain, plain + ".gz", dotted, dotted + ".gz");
  }

  private static @Nullable Path find(Path folder, String what, int rank) {
    return names(what, rank).stream().map(folder::resolve).filter(Files::isRegularFile).findFirst().orElse(null);
  }

  private static Path require(Path folder, String what, int rank) {
    Path file = find(folder, what, rank);
    if (file == null) {
      throw new FormatException(folder + ": there is no " + names(what, rank).get(0) + ", plain or as .gz");
    }
    return file;
  }

  @Override
  Picture picture(int index) {
    int height = pictures.shape()[1];
    int width = pictures.shape()[2];
    int from = index * height * width;
    return Picture.ofGray(width, height, Arrays.copyOfRange(pictures.data(), from, from + height * width));
  }

  @Override
  int label(int index) {
    return labels.data()[index] & 0xff;
  }

  /** The numbers from 0 to 9, or to the largest label if that is more. */
  @Override
  public List<String> labels() {
    return names(labels);
  }

  /** The same for a folder, from its training labels if they are there. */
  static List<String> labels(Path folder) {
    Path train = find(folder, "train-labels", 1);
    return names(IdxFile.read(train != null ? train : require(folder, "t10k-labels", 1), 1));
  }

  private static List<String> names(IdxFile labels) {
    int largest = 9;
    for (byte label : labels.data()) {
      largest = Math.max(largest, label & 0xff);
    }
    return IntStream.rangeClosed(0, largest).mapToObj(Integer::toString).toList();
  }

  @Override
  public String describe(int index) {
    return pictures.file() + ", picture " + index;
  }
}
