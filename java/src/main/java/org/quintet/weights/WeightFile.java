package org.quintet.weights;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.FormatException;
import org.quintet.UnsupportedException;
import org.quintet.internal.Memory;
import org.quintet.internal.NativeFile;
import org.quintet.internal.NativeMemory;

/** Opens a weight file of any known format, recognised by its content. */
public final class WeightFile {
  /** Lists of numbers that are not plain bytes are for shapes and other small things; weights come as plain bytes. */
  private static final long MAX_DECODED_BYTES = 256L << 20;

  private static final String KNOWN = "Quintet reads safetensors and ONNX";

  private WeightFile() {}

  /**
   * Maps {@code path} and finds its tensors.
   *
   * @param store takes whatever memory the tensors lie in, also when this fails: the caller closes it
   * @throws FormatException if the file cannot be read, is of no known format, or is damaged
   * @throws UnsupportedException if it holds something that its format allows and Quintet does not read
   */
  public static Collection<StoredTensor> open(Path path, Store store) {
    Memory file = store.add(NativeFile.open(path));
    return read(file, new Neighbours(path, store));
  }

  /** The tensors in {@code file}, by the reader that recognises it. */
  static Collection<StoredTensor> read(Memory file, Surroundings surroundings) {
    if (SafetensorsReader.recognises(file)) {
      return SafetensorsReader.read(file);
    }
    Signature other = Signature.of(file);
    if (other != null) {
      throw new FormatException("%s: this is %s, which this version does not read; %s".formatted(file.name(), other.what(), KNOWN));
    }
    if (OnnxReader.recognises(file)) {
      return OnnxReader.read(file, surroundings);
    }
    if (SafetensorsReader.resembles(file)) {
      return SafetensorsReader.read(file);   // which says what is wrong
    }
    throw new FormatException("%s: %s is no known weight format; %s".formatted(file.name(), Signature.describe(file), KNOWN));
  }

  /** The folder of a model file: other files of the model lie in it. */
  private static final class Neighbours implements Surroundings {
    private final Path model;
    private final Store store;
    private final Map<String, Memory> opened = new HashMap<>();
    private long decodedBytes;

    Neighbours(Path model, Store store) {
      this.model = model;
      this.store = store;
    }

    @Override
    public Memory open(String relativePath) {
      Memory known = opened.get(relativePath);
      if (known == null) {
        known = store.add(NativeFile.open(resolve(relativePath)));
        opened.put(relativePath, known);
      }
      return known;
    }

    /** The file meant by {@code relativePath}, links followed, if it is in the model's folder or below. */
    private Path resolve(String relativePath) {
      try {
        Path relative = Path.of(relativePath);
        Path folder = model.toRealPath().getParent();
        if (folder == null || relativePath.isEmpty() || relative.isAbsolute()) {
          throw unsafe(relativePath, null);
        }
        Path file = folder.resolve(relative).toRealPath();
        if (!file.startsWith(folder)) {
          throw unsafe(relativePath, null);
        }
        return file;
      } catch (IOException e) {
        throw new FormatException("%s: its tensors are in %s, which cannot be read: %s"
            .formatted(model, Text.quote(relativePath), e.getClass().getSimpleName()), e);
      } catch (InvalidPathException e) {
        throw unsafe(relativePath, e);
      }
    }

    private FormatException unsafe(String relativePath, @Nullable Exception cause) {
      return new FormatException("%s: its tensors are said to be in %s, which is not a file in its folder"
          .formatted(model, Text.quote(relativePath)), cause);
    }

    @Override
    public Memory allocate(long bytes) {
      if (bytes > MAX_DECODED_BYTES - decodedBytes) {
        throw new UnsupportedException("%s: more than %,d bytes are stored as lists of single numbers; save them as raw_data"
            .formatted(model, MAX_DECODED_BYTES));
      }
      decodedBytes += bytes;
      return store.add(NativeMemory.allocate(model.toString(), bytes));
    }
  }
}
