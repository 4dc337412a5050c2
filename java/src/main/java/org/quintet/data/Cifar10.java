package org.quintet.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.quintet.FormatException;
import org.quintet.pictures.Picture;
import org.quintet.pictures.Transform;

/**
 * CIFAR-10 in its binary form: {@code data_batch_*.bin} for training, {@code test_batch*.bin} for tests; a record is one byte of label
 * and 32 x 32 bytes of red, green and blue each. Held in memory as bytes. Immutable and thread-safe.
 */
public final class Cifar10 extends PictureDataset {
  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;
  private static final int RECORD = 1 + 3 * PLANE;
  private static final int CLASSES = 10;
  static final List<String> NAMES =
      List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private final List<Part> parts;

  private Cifar10(List<Part> parts, Transform transform) {
    super(transform, parts.stream().mapToInt(Part::records).sum());
    this.parts = parts;
  }

  /** The training pictures of a folder, 3 x 32 x 32, normalised by {@link #transform()}. */
  public static Cifar10 train(Path folder) {
    return train(folder, transform());
  }

  /**
   * The training pictures as {@code transform} frames and normalises them.
   *
   * @throws FormatException if there is no such file or one is damaged
   */
  public static Cifar10 train(Path folder, Transform transform) {
    return read(folder, "data_batch", transform);
  }

  /** The test pictures of a folder, likewise. */
  public static Cifar10 test(Path folder) {
    return test(folder, transform());
  }

  /** The test pictures as {@code transform} frames and normalises them; see {@link #train(Path, Transform)}. */
  public static Cifar10 test(Path folder, Transform transform) {
    return read(folder, "test_batch", transform);
  }

  /** RGB at 32 x 32, levels from 0 to 1, less the training set's mean, by its deviation. */
  public static Transform transform() {
    return Transform.stretch(SIDE, SIDE).levels(255, new double[] {.4914, .4822, .4465}, new double[] {.2470, .2435, .2616});
  }

  /** Whether a folder has CIFAR-10's training or test pictures. */
  static boolean isIn(Path folder) {
    return !files(folder, "data_batch").isEmpty() || !files(folder, "test_batch").isEmpty();
  }

  private static Cifar10 read(Path folder, String prefix, Transform transform) {
    List<Path> files = files(folder, prefix);
    if (files.isEmpty()) {
      throw new FormatException(folder + ": there is no " + prefix + "*.bin");
    }
    List<Part> parts = new ArrayList<>();
    for (Path file : files) {
      parts.add(Part.read(file));
    }
    return new Cifar10(parts, transform);
  }

  private static List<Path> files(Path folder, String prefix) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(f -> f.getFileName().toString().startsWith(prefix) && f.getFileName().toString().endsWith(".bin"))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new FormatException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  /** One file. */
  private record Part(Path file, byte[] data) {
    static Part read(Path file) {
      try {
        byte[] data = Files.readAllBytes(file);
        if (data.length == 0 || data.length % RECORD != 0) {
          throw new FormatException("%s: %,d bytes are no whole number of CIFAR-10's records of %,d: truncated, or of another format"
              .formatted(file, data.length, RECORD));
        }
        for (int at = 0; at < data.length; at += RECORD) {
          if ((data[at] & 0xff) >= CLASSES) {
            throw new FormatException(
                "%s: record %d has label %d; CIFAR-10's go from 0 to 9".formatted(file, at / RECORD, data[at] & 0xff));
          }
        }
        return new Part(file, data);
      } catch (IOException | OutOfMemoryError e) {
        throw new FormatException(file + ": cannot be read: " + e.getMessage(), e);
      }
    }

    int records() {
      return data.length / RECORD;
    }

    byte[] interleaved(int record) {
      byte[] rgb = new byte[3 * PLANE];
      int from = record * RECORD + 1;
      for (int i = 0; i < PLANE; i++) {
        rgb[3 * i] = data[from + i];
        rgb[3 * i + 1] = data[from + PLANE + i];
        rgb[3 * i + 2] = data[from + 2 * PLANE + i];
      }
      return rgb;
    }
  }

  /** A sample's place. */
  private record Place(Part part, int record) {}

  private Place place(int index) {
    int record = index;
    for (Part part : parts) {
      if (record < part.records()) {
        return new Place(part, record);
      }
      record -= part.records();
    }
    throw new IndexOutOfBoundsException(index);
  }

  @Override
  Picture picture(int index) {
    Place place = place(index);
    return Picture.ofRgb(SIDE, SIDE, place.part().interleaved(place.record()));
  }

  @Override
  int label(int index) {
    Place place = place(index);
    return place.part().data()[place.record() * RECORD];
  }

  @Override
  public List<String> labels() {
    return NAMES;
  }

  @Override
  public String describe(int index) {
    Place place = place(index);
    return place.part().file() + ", record " + place.record();
  }
}
