package org.quintet.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Lets work in progress come to an orderly end when the process is told to go (Ctrl-C, SIGTERM): while this is open, the process waits
 * for {@link #close()} before it ends with the signal's own status, 130 for Ctrl-C.
 */
final class Interruption implements AutoCloseable {
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean happened;

  private Interruption(Runnable stop) {
    hook = new Thread(() -> {
      happened = true;
      stop.run();
      await();
    }, "interruption");
  }

  /** Calls {@code stop}, from another thread, if the process is told to go. */
  static Interruption calls(Runnable stop) {
    Interruption interruption = new Interruption(stop);
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  /** Whether the process has been told to go. */
  boolean happened() {
    return happened;
  }

  private void await() {
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The work has ended. */
  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the process is ending, and the hook has been called
    }
  }
}
