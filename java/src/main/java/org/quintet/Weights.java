package org.quintet;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.quintet.internal.NativeMemory;
import org.quintet.weights.Packer;
import org.quintet.weights.SafetensorsMetadata;
import org.quintet.weights.SafetensorsWriter;
import org.quintet.weights.Store;
import org.quintet.weights.StoredData;
import org.quintet.weights.StoredTensor;
import org.quintet.weights.Text;
import org.quintet.weights.WeightFile;

/**
 * Named tensors, outside the Java heap: a mapped file, or memory of their own.
 *
 * <p>Immutable and thread-safe. {@link #rename}, {@link #only} and {@link #without} give other selections of the same tensors: they share
 * memory and lifetime, so that closing any of them closes all. {@link #close()} waits for reads in progress; whatever is called afterwards
 * throws {@link ClosedException}, also on tensors got before. A model keeps what it needs, so weights may be closed once it is compiled.
 *
 * <p>A mapped file must not be shortened or written to by others while it is open; replacing it, as {@link #save} does, is safe.
 */
public final class Weights implements AutoCloseable {
  private final String source;
  private final Store store;
  private final Map<String, StoredTensor> tensors;

  private Weights(String source, Store store, Map<String, StoredTensor> tensors) {
    this.source = source;
    this.store = store;
    this.tensors = tensors;
  }

  /**
   * Maps the weight file {@code path}: safetensors, or the initializers of an ONNX model, whatever its name. Everything that the file
   * claims is checked here; numbers are not looked at, NaN is a number like others.
   *
   * @throws FormatException if it cannot be read, is damaged, or is of no known format; the message says what it is
   * @throws UnsupportedException if it holds tensors of a type, or stored in a way, that Quintet does not read
   */
  public static Weights open(Path path) {
    return filled(path.toString(), store -> WeightFile.open(path, store));
  }

  /**
   * Copies {@code tensors} into memory outside the heap, each under its key and in its type.
   *
   * @throws ArgumentException if a name is empty, longer than 4096 characters or no valid text
   * @throws NativeMemoryException if there is not enough memory
   * @throws ClosedException if a tensor belongs to closed weights
   */
  public static Weights of(Map<String, Tensor> tensors) {
    return copied("weights in memory", tensors);
  }

  /**
   * Weights for {@code network} that nobody trained: for measuring and trying out. The same seed gives the same numbers on every machine;
   * activations stay finite and of use through the deepest networks.
   *
   * @throws NativeMemoryException if there is not enough memory
   */
  public static Weights random(Network network, long seed) {
    return copied("random weights of " + network, RandomWeights.of(network, seed));
  }

  /** Weights of {@code tensors} that may be left to the garbage collector; closing them frees their memory at once. */
  static Weights collected(String source, Map<String, Tensor> tensors) {
    return copied(source, tensors, NativeMemory::collected);
  }

  private static Weights copied(String source, Map<String, Tensor> tensors) {
    return copied(source, tensors, NativeMemory::allocate);
  }

  private static Weights copied(String source, Map<String, Tensor> tensors, Packer.Allocator allocator) {
    List<Packer.Item> items = tensors.entrySet().stream().map(entry -> entry.getValue().packed(entry.getKey())).toList();
    return filled(source, store -> Packer.pack(source, items, store, allocator));
  }

  /** Weights of what {@code filler} puts into a new store; the store is closed if it fails. */
  private static Weights filled(String source, Filler filler) {
    Store store = new Store();
    try {
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      filler.fill(store).forEach(tensor -> tensors.put(tensor.name(), tensor));
      return new Weights(source, store, tensors);
    } catch (Throwable e) {
      store.close();
      throw e;
    }
  }

  private interface Filler {
    Collection<StoredTensor> fill(Store store);
  }

  /** The names, in the order of the file or map; unmodifiable. */
  public Set<String> names() {
    store.checkOpen();
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /** Whether there is a tensor of this name. */
  public boolean contains(String name) {
    store.checkOpen();
    return tensors.containsKey(name);
  }

  /**
   * The tensor called {@code name}, as a view.
   *
   * @throws WeightsException if there is none
   */
  public Tensor get(String name) {
    store.checkOpen();
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new WeightsException("%s: there is no tensor %s among %,d".formatted(source, Text.quote(name), tensors.size()));
    }
    return Tensor.view(new StoredData(tensor));
  }

  /** Number of elements of all tensors together. */
  public long parameterCount() {
    return tensors.values().stream().mapToLong(StoredTensor::elements).sum();
  }

  /** Size of all tensors together as they are stored, in bytes. */
  public long bytes() {
    return tensors.values().stream().mapToLong(StoredTensor::bytes).sum();
  }

  /**
   * The same tensors under the names that {@code newName} gives, sharing memory and lifetime with these.
   *
   * @throws WeightsException if two tensors would have the same name
   */
  public Weights rename(UnaryOperator<String> newName) {
    store.checkOpen();
    Map<String, StoredTensor> renamed = new LinkedHashMap<>();
    for (StoredTensor tensor : tensors.values()) {
      String name = newName.apply(tensor.name());
      StoredTensor other = renamed.put(name, tensor.renamed(name));
      if (other != null) {
        throw new WeightsException("%s: two tensors would be called %s".formatted(source, Text.quote(name)));
      }
    }
    return new Weights(source, store, renamed);
  }

  /**
   * The same tensors, those among the keys under the name that is their value; others keep theirs.
   *
   * @throws WeightsException if a key is no tensor, or two tensors would have the same name
   */
  public Weights rename(Map<String, String> newNames) {
    newNames.keySet().forEach(this::get);
    return rename(name -> newNames.getOrDefault(name, name));
  }

  /** Only the tensors whose names {@code wanted} accepts, sharing memory and lifetime with these. */
  public Weights only(Predicate<String> wanted) {
    store.checkOpen();
    Map<String, StoredTensor> kept = new LinkedHashMap<>(tensors);
    kept.keySet().removeIf(wanted.negate());
    return new Weights(source, store, kept);
  }

  /** Only the tensors whose names start with {@code prefix}, which they keep. */
  public Weights only(String prefix) {
    return only(name -> name.startsWith(prefix));
  }

  /** All tensors but those whose names {@code unwanted} accepts, sharing memory and lifetime with these. */
  public Weights without(Predicate<String> unwanted) {
    return only(unwanted.negate());
  }

  /** All tensors but those whose names start with {@code prefix}. */
  public Weights without(String prefix) {
    return without(name -> name.startsWith(prefix));
  }

  /**
   * Writes all tensors as a safetensors file, each in its own type. The file appears under its name only when it is whole and on the
   * disk; until then one that was there stays, whatever fails.
   *
   * @throws WeightsException if it cannot be written, with the system's reason
   */
  public void save(Path path) {
    write(path, null, Map.of());
  }

  /**
   * Writes all tensors as {@link #save(Path)} does, floating point ones as {@code floats}: rounded to the nearest, ties to even.
   *
   * @param floats F32, F16 or BF16
   * @throws ArgumentException if it is another type
   */
  public void save(Path path, DType floats) {
    write(path, requireFloats(floats), Map.of());
  }

  private static DType requireFloats(DType floats) {
    if (floats != DType.F32 && floats != DType.F16 && floats != DType.BF16) {
      throw new ArgumentException("weights are saved as F32, F16 or BF16, not as " + floats);
    }
    return floats;
  }

  /**
   * The words that a safetensors file has beside its tensors, by their keys: what {@link #save(Path, Map)} wrote, or others did. Empty for
   * files without and of other formats.
   *
   * @throws FormatException if the file cannot be read
   */
  public static Map<String, String> metadata(Path path) {
    return Collections.unmodifiableMap(SafetensorsMetadata.ifAny(path));
  }

  /**
   * Writes all tensors as {@link #save(Path)} does, with words beside them in the file's metadata.
   *
   * @param metadata words by their keys
   * @throws WeightsException if it cannot be written, with the system's reason
   */
  public void save(Path path, Map<String, String> metadata) {
    write(path, null, metadata);
  }

  /** Both: floating-point numbers as {@code floats}, as {@link #save(Path, DType)} writes them, and words beside them. */
  public void save(Path path, DType floats, Map<String, String> metadata) {
    write(path, requireFloats(floats), metadata);
  }

  private void write(Path path, @Nullable DType floats, Map<String, String> metadata) {
    whileOpen(() -> {
      SafetensorsWriter.write(path, tensors.values(), floats, metadata);
      return path;
    });
  }

  /** Offers all tensors to {@code sink}; their addresses hold while {@link #whileOpen} runs. */
  void fill(TensorTableSink sink) {
    whileOpen(() -> {
      tensors.values().forEach(t -> sink.add(t.name(), t.type(), t.shape(), t.address(), t.bytes(), t.memory().isFile()));
      return sink;
    });
  }

  /** Lets the pages of the mapped file leave resident memory; they stay readable. */
  void releasePages() {
    store.release();
  }

  /** Runs {@code reader}, during which {@link #close()} waits: what {@link #fill} handed out stays valid. */
  <T> T whileOpen(Supplier<T> reader) {
    return store.whileOpen(reader);
  }

  /** Closes the file or frees the memory, once nobody reads it any longer. Later calls do nothing. */
  @Override
  public void close() {
    store.close();
  }

  /** For a person: where they come from, how many. */
  @Override
  public String toString() {
    return "%s: %,d tensors, %,d parameters".formatted(source, tensors.size(), parameterCount());
  }
}
