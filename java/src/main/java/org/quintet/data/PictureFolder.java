package org.quintet.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.quintet.FormatException;
import org.quintet.pictures.Picture;
import org.quintet.pictures.Transform;

/**
 * A folder of pictures, one folder within it a class: classes are numbered by their names' order, files whose names begin with a dot
 * are passed over. Or pictures whose classes nobody knows, see {@link #unlabelled}. A picture is decoded when it is first read.
 * Thread-safe.
 */
public final class PictureFolder extends PictureDataset {
  private static final List<String> ENDINGS = List.of(".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp");

  private final List<String> classes;
  private final List<Entry> entries;

  private PictureFolder(List<String> classes, List<Entry> entries, Transform transform) {
    super(transform, entries.size());
    this.classes = classes;
    this.entries = entries;
  }

  private record Entry(Path file, int label) {}

  /**
   * Lists the pictures of a folder without decoding them: a damaged one is an error when it is read.
   *
   * @param transform how they are framed and normalised
   * @throws FormatException if there are no classes, or one has no pictures
   */
  public static PictureFolder open(Path folder, Transform transform) {
    return open(folder, transform, List.of());
  }

  /**
   * The same with classes numbered as {@code classes} lists them, so that a test set without some of them counts as the training set
   * does; an empty list: by their names' order.
   *
   * @throws FormatException if there is a folder that is no class
   */
  public static PictureFolder open(Path folder, Transform transform, List<String> classes) {
    List<String> found = classes(folder);
    if (found.isEmpty()) {
      throw new FormatException(folder + ": has no folders in it; expected one for each class");
    }
    List<String> names = classes.isEmpty() ? found : List.copyOf(classes);
    List<Entry> entries = new ArrayList<>();
    for (String name : found) {
      int label = names.indexOf(name);
      if (label < 0) {
        throw new FormatException(folder.resolve(name) + ": is no class; there are " + String.join(", ", names));
      }
      List<Path> files = list(folder.resolve(name), Files::isRegularFile);
      if (files.isEmpty()) {
        throw new FormatException(folder.resolve(name) + ": a class without pictures");
      }
      files.forEach(file -> entries.add(new Entry(file, label)));
    }
    return new PictureFolder(names, entries, transform);
  }

  /**
   * The pictures that lie in the folder itself, by their names' endings; their class is {@link Dataset#NO_LABEL}.
   *
   * @throws FormatException if there are none
   */
  public static PictureFolder unlabelled(Path folder, Transform transform) {
    List<Path> files = pictures(folder);
    if (files.isEmpty()) {
      throw new FormatException(folder + ": there are no pictures in it (" + String.join(", ", ENDINGS) + ")");
    }
    return new PictureFolder(List.of(), files.stream().map(file -> new Entry(file, NO_LABEL)).toList(), transform);
  }

  /** Whether pictures lie in the folder itself. */
  static boolean hasPictures(Path folder) {
    return !pictures(folder).isEmpty();
  }

  private static List<Path> pictures(Path folder) {
    return list(folder, file -> Files.isRegularFile(file) && ENDINGS.stream().anyMatch(file.toString().toLowerCase(Locale.ROOT)::endsWith));
  }

  /**
   * The same without the pictures that cannot be decoded. Decodes every one, which takes a while for many.
   *
   * @param skipped told of each, with a message that names the file
   */
  public PictureFolder withoutDamaged(Consumer<String> skipped) {
    boolean[] sound = new boolean[entries.size()];
    for (int i = 0; i < sound.length; i++) {
      try {
        Picture.decode(entries.get(i).file());
        sound[i] = true;
      } catch (FormatException e) {
        skipped.accept(String.valueOf(e.getMessage()));
      }
    }
    List<Entry> kept = new ArrayList<>();
    for (int i = 0; i < sound.length; i++) {
      if (sound[i]) {
        kept.add(entries.get(i));
      }
    }
    return new PictureFolder(this, kept);
  }

  private PictureFolder(PictureFolder whole, List<Entry> entries) {
    super(whole, entries.size());
    this.classes = whole.classes;
    this.entries = entries;
  }

  /** The names of the folders in a folder, in order. */
  static List<String> classes(Path folder) {
    return list(folder, Files::isDirectory).stream().map(f -> f.getFileName().toString()).toList();
  }

  /** Whether a folder has folders in it. */
  static boolean isIn(Path folder) {
    return !classes(folder).isEmpty();
  }

  private static List<Path> list(Path folder, Predicate<Path> wanted) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(f -> !f.getFileName().toString().startsWith(".")).filter(wanted).sorted().toList();
    } catch (IOException e) {
      throw new FormatException(folder + ": cannot be listed: " + e.getMessage(), e);
    }
  }

  @Override
  Picture picture(int index) {
    return Picture.decode(entries.get(index).file());
  }

  @Override
  int label(int index) {
    return entries.get(index).label();
  }

  @Override
  public List<String> labels() {
    return classes;
  }

  @Override
  public String describe(int index) {
    return entries.get(index).file().toString();
  }
}
