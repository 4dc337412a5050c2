package org.quintet.internal;

import java.util.stream.IntStream;
import org.quintet.internal.bindings.Core;
import org.quintet.internal.bindings.NativeModel;
import org.quintet.internal.bindings.NativeModelParts;

/** A model's packed weights and the little that goes with them, to be written to a file. Thread-safe; close it after writing. */
public final class NativeParts implements AutoCloseable {
  private final String what;
  private final NativeHandle<NativeModelParts> handle;

  private NativeParts(String what, NativeHandle<NativeModelParts> handle) {
    this.what = what;
    this.handle = handle;
  }

  /**
   * The parts of {@code model}.
   *
   * @throws org.quintet.WeightsException if its weights are no numbers
   */
  public static NativeParts of(String what, NativeHandle<NativeModel> model) {
    return new NativeParts(what, model.child("parts of " + what, NativeModelParts::new, Core::destroy));
  }

  /** How many. */
  public int count() {
    return handle.use(NativeModelParts::count);
  }

  /** For the native compiler: which way each layer is computed. */
  public String choices() {
    return handle.use(NativeModelParts::choices);
  }

  /** One of them, valid until this is closed. */
  public Part part(int index) {
    return new Part(index);
  }

  @Override
  public void close() {
    handle.close();
  }

  /** One tensor. Closing it closes all. */
  public final class Part extends HandledMemory<NativeModelParts> {
    private final int index;

    private Part(int index) {
      super(what, handle, handle.use(p -> p.bytes(index)), handle.use(p -> Core.data_address(p, index)));
      this.index = index;
    }

    /** The tensor's name. */
    public String partName() {
      return handle.use(p -> p.name(index));
    }

    /** Ordinal of its {@link org.quintet.DType}. */
    public int type() {
      return handle.use(p -> p.type(index));
    }

    /** Dimensions, row-major. */
    public long[] shape() {
      return handle.use(p -> IntStream.range(0, p.rank(index)).mapToLong(axis -> p.dim(index, axis)).toArray());
    }

    @Override
    public boolean isFile() {
      return false;
    }

    @Override
    public void release() {
      // Memory of the model's own.
    }
  }
}
