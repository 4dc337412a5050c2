package org.quintet.internal;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.quintet.ClosedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns one native object: frees it once, never while a call is inside it, and reports it if the program forgot.
 *
 * <p>{@link #close()} keeps new calls out, waits for those inside, then frees; later calls throw {@link ClosedException}. A handle
 * with a parent counts as a call inside the parent while it is used, and closes with it. A handle that becomes unreachable unclosed
 * is freed by a cleaner, which logs where it was opened (the whole stack with {@code -Dquintet.leaks=trace}). Thread-safe.
 *
 * @param <P> the JavaCPP class of the native object
 */
public final class NativeHandle<P extends Pointer> implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final @Nullable NativeHandle<?> parent;
  private final Resource<P> resource;
  private final Cleaner.Cleanable cleanable;

  private NativeHandle(@Nullable NativeHandle<?> parent, Resource<P> resource) {
    this.parent = parent;
    this.resource = resource;
    this.cleanable = CLEANER.register(this, resource);
  }

  /** A handle of which nobody expects that it is closed: the cleaner frees it in silence. */
  public static <P extends Pointer> NativeHandle<P> collected(String what, Supplier<P> open, Consumer<P> free) {
    return create(null, what, null, open, free);
  }

  /** A handle that somebody has to close. */
  public static <P extends Pointer> NativeHandle<P> owned(String what, Supplier<P> open, Consumer<P> free) {
    return create(null, what, Origin.here(), open, free);
  }

  /** A handle that somebody has to close, at the latest with this one; opened while this one is in use. */
  public <Q extends Pointer> NativeHandle<Q> child(String what, Function<P, Q> open, Consumer<Q> free) {
    P pointer = enter();
    try {
      return create(this, what, Origin.here(), () -> open.apply(pointer), free);
    } finally {
      leave();
    }
  }

  private static <P extends Pointer> NativeHandle<P> create(
      @Nullable NativeHandle<?> parent, String what, @Nullable Origin origin, Supplier<P> open, Consumer<P> free) {
    Set<Resource<?>> siblings = parent == null ? null : parent.resource.children;
    Resource<P> resource = new Resource<>(Native.call(open), what, origin, free, siblings);
    if (siblings != null) {
      siblings.add(resource);
    }
    return new NativeHandle<>(parent, resource);
  }

  /**
   * Starts a call: until {@link #leave()} the native object stays. Allocates nothing.
   *
   * @throws ClosedException naming what is closed
   */
  public P enter() {
    if (parent != null) {
      parent.resource.enter();
    }
    try {
      return resource.enter();
    } catch (ClosedException e) {
      if (parent != null) {
        parent.resource.leave();
      }
      throw e;
    }
  }

  /** Ends the call that {@link #enter()} started. */
  public void leave() {
    resource.leave();
    if (parent != null) {
      parent.resource.leave();
    }
    Reference.reachabilityFence(this);
  }

  /** Runs {@code call} on the native object, its errors translated. */
  public <R> R use(Function<P, R> call) {
    P pointer = enter();
    try {
      return call.apply(pointer);
    } catch (RuntimeException e) {
      throw Errors.translate(e);
    } finally {
      leave();
    }
  }

  /** Whether {@link #close()} was called, on this handle or on one that it belongs to. */
  public boolean isClosed() {
    return resource.isClosed() || parent != null && parent.resource.isClosed();
  }

  /** Waits for calls inside, then frees. Calling it again does nothing. Never call it from inside a call. */
  @Override
  public void close() {
    resource.expectClose();
    cleanable.clean();
  }

  /** What the cleaner may see: everything but the handle itself. */
  private static final class Resource<P extends Pointer> implements Runnable {
    private static final int CLOSED = Integer.MIN_VALUE;   // a flag beside the count of calls inside

    private final P pointer;
    private final String what;
    private final Consumer<P> free;
    private final @Nullable Set<Resource<?>> siblings;
    private final Set<Resource<?>> children = ConcurrentHashMap.newKeySet();
    private final AtomicInteger state = new AtomicInteger();
    private volatile @Nullable Origin leak;                // null: being closed is not expected, or happening

    Resource(P pointer, String what, @Nullable Origin origin, Consumer<P> free, @Nullable Set<Resource<?>> siblings) {
      this.pointer = pointer;
      this.what = what;
      this.leak = origin;
      this.free = free;
      this.siblings = siblings;
    }

    P enter() {
      for (int now = state.get(); now >= 0; now = state.get()) {
        if (state.compareAndSet(now, now + 1)) {
          return pointer;
        }
      }
      throw new ClosedException(what + " is closed");
    }

    void leave() {
      if (state.decrementAndGet() == CLOSED) {
        synchronized (state) {
          state.notifyAll();
        }
      }
    }

    boolean isClosed() {
      return state.get() < 0;
    }

    void expectClose() {
      leak = null;
    }

    /** Closes and frees; by {@link NativeHandle#close()}, by the parent's, or by the cleaner. Only the first call does anything. */
    @Override
    public void run() {
      if (state.getAndUpdate(now -> now | CLOSED) < 0) {
        return;
      }
      Origin origin = leak;
      if (origin != null) {
        origin.report(what);
      }
      awaitCalls();
      for (Resource<?> child : children) {
        child.expectClose();
        child.run();
      }
      if (siblings != null) {
        siblings.remove(this);
      }
      free.accept(pointer);
    }

    private void awaitCalls() {
      boolean interrupted = false;
      synchronized (state) {
        while (state.get() != CLOSED) {
          try {
            state.wait();
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Where a handle was opened. */
  private record Origin(StackTraceElement[] stack) {
    private static final boolean TRACE = "trace".equals(System.getProperty("quintet.leaks"));
    private static final String OWN_PACKAGE = "org.quintet.";
    private static final StackWalker WALKER = StackWalker.getInstance();

    static Origin here() {
      if (TRACE) {
        return new Origin(new Throwable().getStackTrace());
      }
      return WALKER.walk(
          frames ->
              new Origin(
                  frames
                      .filter(frame -> !isOwn(frame.getClassName()))
                      .limit(1)
                      .map(StackWalker.StackFrame::toStackTraceElement)
                      .toArray(StackTraceElement[]::new)));
    }

    /** The classes of the core, not its tests or the modules built upon it. */
    private static boolean isOwn(String className) {
      return className.startsWith("org.quintet.internal.")
          || className.startsWith("org.quintet.weights.")
          || className.startsWith(OWN_PACKAGE) && className.indexOf('.', OWN_PACKAGE.length()) < 0;
    }

    void report(String what) {
      Logger log = LoggerFactory.getLogger(NativeHandle.class);   // not before it is needed: logging frameworks take a while to start
      String where = stack.length == 0 ? "an unknown place" : stack[0].toString();
      if (!TRACE) {
        log.warn("{} was not closed; opened at {} (-Dquintet.leaks=trace shows the whole stack)", what, where);
        return;
      }
      Throwable trace = new Throwable("opened here");
      trace.setStackTrace(stack);
      log.warn("{} was not closed", what, trace);
    }
  }
}
