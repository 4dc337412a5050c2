package org.quintet.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.quintet.FormatException;
import org.quintet.pictures.Transform;

/**
 * A folder with a data set in one of the forms that are known, recognised by the files in it.
 *
 * @param folder where it is
 * @param kind its form
 */
public record DataFolder(Path folder, Kind kind) {
  private static final List<String> TEST_FOLDERS = List.of("val", "validation", "valid", "test");

  /** The forms. */
  public enum Kind {
    /** {@link Mnist}: gray pictures in idx files. */
    MNIST,
    /** {@link Cifar10}: pictures of 32 x 32 in binary records. */
    CIFAR10,
    /** {@link PictureFolder}: one folder a class, perhaps within {@code train} and {@code val}. */
    PICTURES,
    /** {@link PictureFolder#unlabelled}: pictures whose classes nobody knows. */
    UNLABELLED
  }

  /**
   * Looks what is in a folder.
   *
   * @throws FormatException if it is no folder, or none of the forms
   */
  public static DataFolder of(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new FormatException(folder + (Files.exists(folder) ? ": is no folder" : ": no such folder"));
    }
    if (Mnist.isIn(folder)) {
      return new DataFolder(folder, Kind.MNIST);
    }
    if (Cifar10.isIn(folder)) {
      return new DataFolder(folder, Kind.CIFAR10);
    }
    if (PictureFolder.isIn(folder)) {
      return new DataFolder(folder, Kind.PICTURES);
    }
    throw new FormatException(folder + ": no data set is in it; expected MNIST's train-images-idx3-ubyte (or .gz), CIFAR-10's "
        + "data_batch_*.bin, or a folder of pictures for each class");
  }

  /**
   * As {@link #of}, for purposes that need no classes: pictures that lie in the folder itself are taken too, and then only they.
   *
   * @throws FormatException if it is no folder, or none of the forms
   */
  public static DataFolder ofSamples(Path folder) {
    boolean flat = Files.isDirectory(folder) && !Mnist.isIn(folder) && !Cifar10.isIn(folder) && PictureFolder.hasPictures(folder);
    return flat ? new DataFolder(folder, Kind.UNLABELLED) : of(folder);
  }

  /**
   * The samples to train on: of pictures those in {@code train} if there is such a folder, else all.
   *
   * @throws FormatException if files are missing or damaged
   */
  public Dataset train(Transform transform) {
    return switch (kind) {
      case MNIST -> Mnist.train(folder, transform);
      case CIFAR10 -> Cifar10.train(folder, transform);
      case PICTURES -> PictureFolder.open(trainFolder(), transform);
      case UNLABELLED -> PictureFolder.unlabelled(folder, transform);
    };
  }

  /**
   * The samples to test with: of pictures those in {@code val}, {@code validation}, {@code valid} or {@code test} if there is one of
   * these folders, else all.
   *
   * @param classes the classes' names in the order of their numbers, for pictures; empty: as in the training folder
   * @throws FormatException if files are missing or damaged
   */
  public Dataset test(Transform transform, List<String> classes) {
    return switch (kind) {
      case MNIST -> Mnist.test(folder, transform);
      case CIFAR10 -> Cifar10.test(folder, transform);
      case PICTURES -> PictureFolder.open(testFolder(), transform, classes.isEmpty() ? classes() : classes);
      case UNLABELLED -> PictureFolder.unlabelled(folder, transform);
    };
  }

  /**
   * What the classes are called, by number: digits, CIFAR-10's names, or the folders' names in the training part;
   * empty where nobody knows.
   *
   * @throws FormatException if files are missing or damaged
   */
  public List<String> classes() {
    return switch (kind) {
      case MNIST -> Mnist.labels(folder);
      case CIFAR10 -> Cifar10.NAMES;
      case PICTURES -> PictureFolder.classes(trainFolder());
      case UNLABELLED -> List.of();
    };
  }

  private Path trainFolder() {
    Path train = folder.resolve("train");
    return Files.isDirectory(train) && PictureFolder.isIn(train) ? train : folder;
  }

  private Path testFolder() {
    Path train = trainFolder();
    if (train.equals(folder)) {
      return folder;
    }
    return TEST_FOLDERS.stream().map(folder::resolve).filter(Files::isDirectory).findFirst().orElse(train);
  }
}
