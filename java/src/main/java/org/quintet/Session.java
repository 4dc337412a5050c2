package org.quintet;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.quintet.internal.Errors;
import org.quintet.internal.NativeHandle;
import org.quintet.internal.bindings.Core;
import org.quintet.internal.bindings.NativeModel;
import org.quintet.internal.bindings.NativeSession;

/**
 * One run in flight: a fixed shape, with memory for input and outputs. One thread at a time; a second one that runs it meanwhile gets
 * an {@link ArgumentException}. Closes with its model at the latest.
 *
 * <pre>{@code
 * session.input().put(pixels);
 * session.run();
 * session.output().get(logits);
 * }</pre>
 *
 * <p>Inputs and outputs are plain row-major floats: N,C,H,W for pictures, N,features for vectors. The buffers are direct, belong to
 * Java and stay readable after the session is closed.
 */
public final class Session implements AutoCloseable {
  private static final long FOREVER = -1;

  private final List<String> outputNames;
  private final int batch;
  private final NativeHandle<NativeSession> handle;
  private final long[] inputShape;
  private final long[][] outputShapes;
  private final FloatBuffer input;
  private final FloatBuffer[] outputs;
  // What a run binds again after one on the caller's buffers: views whose positions nobody else moves.
  private final FloatBuffer boundInput;
  private final FloatBuffer boundOutput;
  private final AtomicBoolean busy = new AtomicBoolean();

  Session(Model model, int batch, int height, int width) {
    this.outputNames = model.outputs();
    this.batch = batch;
    this.handle =
        model
            .handle()
            .child("session of " + model, (NativeModel m) -> new NativeSession(m, batch, height, width), Core::destroy);
    try {
      this.inputShape = handle.use(s -> LongStream.range(0, s.input_rank()).map(a -> s.input_dim((int) a)).toArray());
      this.input = allocate("input", inputShape);
      this.outputShapes = new long[outputNames.size()][];
      this.outputs = new FloatBuffer[outputNames.size()];
      for (int i = 0; i < outputs.length; i++) {
        int output = i;
        outputShapes[i] =
            handle.use(s -> LongStream.range(0, s.output_rank(output)).map(a -> s.output_dim(output, (int) a)).toArray());
        outputs[i] = allocate(outputNames.get(i), outputShapes[i]);
      }
      this.boundInput = input.duplicate();
      this.boundOutput = outputs[0].duplicate();
      handle.use(this::bind);
    } catch (RuntimeException e) {
      handle.close();
      throw e;
    }
  }

  private NativeSession bind(NativeSession session) {
    Core.bind_input(session, boundInput, bytes(boundInput));
    for (int i = 0; i < outputs.length; i++) {
      Core.bind_output(session, i, outputs[i], bytes(outputs[i]));
    }
    return session;
  }

  /** Where the pictures go: N,C,H,W. The same buffer each time, rewound. */
  public FloatBuffer input() {
    return input.clear();
  }

  /** The main head's logits. The same buffer each time, rewound. */
  public FloatBuffer output() {
    return outputs[0].clear();
  }

  /**
   * One of {@link Model#outputs()}. The same buffer each time, rewound.
   *
   * @throws ArgumentException listing the names there are, if it is none of them
   */
  public FloatBuffer output(String name) {
    return outputs[indexOf(name)].clear();
  }

  /** N,C,H,W. */
  public long[] inputShape() {
    return inputShape.clone();
  }

  /** N,C,H,W or N,features of one of {@link Model#outputs()}. */
  public long[] outputShape(String name) {
    return outputShapes[indexOf(name)].clone();
  }

  /** Pictures per run. */
  public int batch() {
    return batch;
  }

  /** Computes all outputs from {@link #input()}, once a lane is free. Allocates nothing and enters native code once. */
  public void run() {
    run(FOREVER);
  }

  /**
   * As {@link #run()}, if a lane becomes free in time; a run that has begun is never cut short.
   *
   * @throws DeadlineException if none does
   */
  public void run(Duration deadline) {
    run(milliseconds(deadline));
  }

  private void run(long timeout) {
    NativeSession session = start();
    try {
      session.run(timeout);
    } catch (RuntimeException e) {
      throw Errors.translate(e);
    } finally {
      end();
    }
  }

  /**
   * Computes the main head's logits from the caller's memory into the caller's memory, without copies. Other outputs go to their
   * own buffers. Both buffers must be direct and of native byte order, and have exactly as many values between position and limit
   * as input and output have; positions stay. A start on a 64-byte boundary is fastest.
   *
   * @throws ArgumentException if a buffer is none of that
   */
  public void run(FloatBuffer in, FloatBuffer out) {
    checkBuffer("input", in, input);
    checkBuffer("output", out, outputs[0]);
    if (out.isReadOnly()) {
      throw new ArgumentException("output buffer is read-only");
    }
    NativeSession session = start();
    try {
      Core.run_on(session, in, bytes(input), out, bytes(outputs[0]), boundInput, boundOutput, FOREVER);
    } catch (RuntimeException e) {
      throw Errors.translate(e);
    } finally {
      end();
    }
  }

  /**
   * As {@link #run()}, copying {@code in} to {@link #input()} before and {@link #output()} to {@code out} after.
   *
   * @throws ArgumentException if a length is not that of input or output
   */
  public void run(float[] in, float[] out) {
    checkLength("input", in.length, input);
    checkLength("output", out.length, outputs[0]);
    input().put(in);
    run(FOREVER);
    output().get(out);
  }

  /** Whether this session or its model is closed. */
  public boolean isClosed() {
    return handle.isClosed();
  }

  /** Waits for a run in flight, then frees what the session holds in native memory. */
  @Override
  public void close() {
    handle.close();
  }

  private NativeSession start() {
    NativeSession session = handle.enter();
    if (!busy.compareAndSet(false, true)) {
      handle.leave();
      throw new ArgumentException("a session runs in one thread at a time, and it is running in another");
    }
    return session;
  }

  private void end() {
    busy.set(false);
    handle.leave();
    Reference.reachabilityFence(this);   // the native side reads and writes the buffers of this object
  }

  private int indexOf(String name) {
    int index = outputNames.indexOf(name);
    if (index < 0) {
      throw new ArgumentException("no output is called " + name + "; there are " + String.join(", ", outputNames));
    }
    return index;
  }

  private static void checkBuffer(String what, FloatBuffer buffer, FloatBuffer own) {
    if (!buffer.isDirect()) {
      throw new ArgumentException(what + " buffer is not direct; arrays have a run of their own");
    }
    if (buffer.order() != ByteOrder.nativeOrder()) {
      throw new ArgumentException(what + " buffer's byte order is " + buffer.order() + ", not " + ByteOrder.nativeOrder());
    }
    checkLength(what, buffer.remaining(), own);
  }

  private static void checkLength(String what, int values, FloatBuffer own) {
    if (values != own.capacity()) {
      throw new ArgumentException(what + " has " + values + " values, expected " + own.capacity());
    }
  }

  private static long milliseconds(Duration deadline) {
    if (deadline.isNegative()) {
      return 0;
    }
    try {
      return deadline.plusNanos(999_999).toMillis();   // rounded up: 1 ns is not "at once"
    } catch (ArithmeticException e) {
      return FOREVER;
    }
  }

  private static long bytes(FloatBuffer buffer) {
    return (long) Float.BYTES * buffer.capacity();
  }

  private static FloatBuffer allocate(String what, long[] shape) {
    final int boundary = 64;   // where native code reads and writes in place
    long bytes = Float.BYTES;
    for (long dim : shape) {
      bytes = Math.multiplyExact(bytes, dim);
    }
    if (bytes > Integer.MAX_VALUE - 2 * boundary) {
      throw new ArgumentException(what + " takes " + bytes + " bytes, more than the 2 GiB of a buffer");
    }
    try {
      ByteBuffer buffer = ByteBuffer.allocateDirect((int) bytes + 2 * boundary).alignedSlice(boundary);
      return buffer.slice(0, (int) bytes).order(ByteOrder.nativeOrder()).asFloatBuffer();
    } catch (OutOfMemoryError e) {
      throw new NativeMemoryException(
          what + " takes " + bytes + " bytes of direct memory, more than is left: -XX:MaxDirectMemorySize=... permits more", e);
    }
  }
}
