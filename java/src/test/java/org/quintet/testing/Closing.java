package org.quintet.testing;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What holds of everything that others may be using while it is closed. */
public final class Closing {
  private Closing() {}

  /**
   * Closes on one thread while another is inside, and expects that closing waits until it has left.
   *
   * @param whileOpen runs what it is given while nobody may close
   * @param close the closing
   */
  public static void assertWaitsForWhoeverIsInside(Consumer<Supplier<Boolean>> whileOpen, Runnable close) throws InterruptedException {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    Thread reader = new Thread(() -> whileOpen.accept(() -> {
      inside.countDown();
      return await(leave);
    }));
    reader.start();
    assertTrue(await(inside));
    Thread closer = new Thread(close);
    closer.start();
    closer.join(100);
    assertTrue(closer.isAlive(), "close() waits");
    leave.countDown();
    closer.join(10_000);
    assertFalse(closer.isAlive());
    reader.join();
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
