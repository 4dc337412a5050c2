package org.quintet.weights;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.quintet.DType;
import org.quintet.FormatException;
import org.quintet.internal.Memory;

/** Collects the tensors that a file claims to hold and refuses what cannot be: the one place where such claims are checked. */
final class TensorIndex {
  /** Far above any network (ResNet-152 has 933), low enough that an index of names never fills the heap. */
  static final int MAX_TENSORS = 100_000;

  static final int MAX_NAME_BYTES = 4096;
  static final int MAX_RANK = 32;

  private final String file;
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

  /** @param file what messages call the file */
  TensorIndex(String file) {
    this.file = file;
  }

  /**
   * Adds a tensor of {@code length} bytes at {@code offset} of {@code memory}.
   *
   * @throws FormatException unless the name is new and usable, the shape's product is {@code length} and all of it is in the memory
   */
  void add(String name, DType type, long[] shape, Memory memory, long offset, long length) {
    checkName(name);
    long bytes = checkedBytes(name, type, shape);
    if (length != bytes) {
      throw failure(name, "%s of shape %s takes %,d bytes, but there are %,d".formatted(type, Shapes.text(shape), bytes, length));
    }
    if (offset < 0 || offset > memory.size() || bytes > memory.size() - offset) {
      throw failure(name, "%,d bytes at %,d leave the %,d bytes of %s".formatted(bytes, offset, memory.size(), memory.name()));
    }
    if (tensors.put(name, new StoredTensor(name, type, shape, memory, offset, bytes)) != null) {
      throw failure(name, "there are two tensors of this name");
    }
    if (tensors.size() > MAX_TENSORS) {
      throw new FormatException("%s: more than %,d tensors".formatted(file, MAX_TENSORS));
    }
  }

  /** Bytes of a tensor of this claimed shape, before anything is allocated or read for it. */
  long checkedBytes(String name, DType type, long[] shape) {
    if (shape.length > MAX_RANK) {
      throw failure(name, "%d dimensions are more than %d".formatted(shape.length, MAX_RANK));
    }
    long bytes = Shapes.bytes(type, shape);
    if (bytes < 0) {
      throw failure(name, "shape %s is impossible".formatted(Shapes.text(shape)));
    }
    return bytes;
  }

  /** The tensors in the order they were added. */
  Collection<StoredTensor> tensors() {
    return Collections.unmodifiableCollection(tensors.values());
  }

  /** A tensor is wrong: the file, its name and what was found. */
  FormatException failure(String name, String what) {
    return new FormatException("%s: tensor %s: %s".formatted(file, Text.quote(name), what));
  }

  /** Whether a tensor can have this name: it fits a file's header, and passes to UTF-8 and to C unchanged. */
  static boolean isName(String name) {
    return !name.isEmpty() && name.length() <= MAX_NAME_BYTES && Text.isPortable(name);
  }

  private void checkName(String name) {
    if (!isName(name)) {
      throw failure(name, "the name is empty, too long or no valid text");
    }
  }
}
