package org.quintet.weights;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.quintet.internal.Memory;

/**
 * All memory that one set of weights lies in: one block for most, several for an ONNX model with tensors in other files. Closed as one.
 * Thread-safe.
 */
public final class Store implements AutoCloseable {
  private final List<Memory> memories = new CopyOnWriteArrayList<>();

  /** Takes {@code memory}, to be closed with this store, and returns it. */
  public <M extends Memory> M add(M memory) {
    memories.add(memory);
    return memory;
  }

  /**
   * Runs {@code reader} with all memory kept in place: {@link #close()} waits for it.
   *
   * @throws org.quintet.ClosedException if the memory is closed
   */
  public <R> R whileOpen(Supplier<R> reader) {
    return whileOpen(0, reader);
  }

  private <R> R whileOpen(int first, Supplier<R> reader) {
    return first == memories.size() ? reader.get() : memories.get(first).whileOpen(() -> whileOpen(first + 1, reader));
  }

  /** @throws org.quintet.ClosedException if the memory is closed */
  public void checkOpen() {
    whileOpen(() -> this);
  }

  /**
   * Lets the pages of mapped files leave resident memory; see {@link Memory#release()}.
   *
   * @throws org.quintet.ClosedException if the memory is closed
   */
  public void release() {
    whileOpen(() -> {
      memories.forEach(Memory::release);
      return this;
    });
  }

  /** Closes all memory, each block once nobody reads it any longer. Calling it again does nothing. */
  @Override
  public void close() {
    memories.forEach(Memory::close);
  }
}
