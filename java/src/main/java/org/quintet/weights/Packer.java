package org.quintet.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.quintet.ArgumentException;
import org.quintet.DType;
import org.quintet.internal.Memory;

/** Copies tensors from anywhere into one block of memory outside the heap, all processors helping. */
public final class Packer {
  private static final int ALIGNMENT = 64;

  /** Elements that one task copies: enough to be worth a task, few enough that what it makes on the way stays in a cache. */
  private static final int CHUNK = 1 << 14;

  private Packer() {}

  /** Makes memory. */
  public interface Allocator {
    Memory allocate(String name, long bytes);
  }

  /** A tensor to be copied. */
  public record Item(String name, DType type, long[] shape, TensorData data) {
    private long bytes() {
      return Shapes.bytes(type, shape);
    }
  }

  /**
   * Copies {@code items} into memory that {@code store} takes.
   *
   * @param what names the memory in messages
   * @param allocator makes it, by that name and its size in bytes
   * @throws org.quintet.NativeMemoryException if there is not enough memory
   */
  public static List<StoredTensor> pack(String what, List<Item> items, Store store, Allocator allocator) {
    items.forEach(Packer::check);
    long[] offsets = new long[items.size() + 1];
    for (int i = 0; i < items.size(); i++) {
      offsets[i + 1] = align(Math.addExact(offsets[i], items.get(i).bytes()));
    }
    Memory memory = store.add(allocator.allocate(what, offsets[items.size()]));
    List<StoredTensor> packed = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Item item = items.get(i);
      packed.add(new StoredTensor(item.name(), item.type(), item.shape(), memory, offsets[i], item.bytes()));
    }
    for (int i = 0; i < packed.size(); i++) {
      copy(items.get(i).data(), packed.get(i));
    }
    return packed;
  }

  private static void copy(TensorData source, StoredTensor target) {
    long elements = target.elements();
    int width = target.type().bytes();
    LongStream.range(0, (elements + CHUNK - 1) / CHUNK).parallel().forEach(chunk -> {
      long start = chunk * CHUNK;
      int count = (int) Math.min(CHUNK, elements - start);
      source.copy(start, target.memory().view(target.offset() + start * width, count * width));
    });
  }

  private static void check(Item item) {
    if (!TensorIndex.isName(item.name())) {
      throw new ArgumentException("a tensor cannot have the name %s: empty, too long or no valid text".formatted(Text.quote(item.name())));
    }
    if (item.bytes() < 0 || item.bytes() > Long.MAX_VALUE / 2) {
      throw new ArgumentException("tensor %s: shape %s is impossible".formatted(Text.quote(item.name()), Shapes.text(item.shape())));
    }
  }

  private static long align(long offset) {
    return Math.addExact(offset, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
