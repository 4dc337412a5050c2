package org.quintet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.quintet.ClosedException;
import org.quintet.ShapeException;

class NativeHandleTest {
  private final AtomicInteger freed = new AtomicInteger();

  private NativeHandle<Pointer> handle(String what) {
    return NativeHandle.owned(what, Pointer::new, pointer -> freed.incrementAndGet());
  }

  @Test
  void closingFreesOnceHoweverOftenItHappens() {
    NativeHandle<Pointer> handle = handle("thing");
    assertFalse(handle.isClosed());
    handle.close();
    handle.close();
    assertEquals(1, freed.get());
    assertTrue(handle.isClosed());
  }

  @Test
  void useAfterCloseNamesWhatIsClosed() {
    NativeHandle<Pointer> handle = handle("thing");
    handle.close();
    assertEquals("thing is closed", assertThrows(ClosedException.class, () -> handle.use(p -> p)).getMessage());
    assertThrows(ClosedException.class, handle::enter);
  }

  @Test
  void aFailingCallDoesNotStayInside() {
    NativeHandle<Pointer> handle = handle("thing");
    assertThrows(
        ShapeException.class,
        () ->
            handle.use(
                p -> {
                  throw new RuntimeException("shape|too small");
                }));
    handle.close();   // would wait for ever otherwise
    assertEquals(1, freed.get());
  }

  @Test
  void aFailingConstructorIsTranslatedAndLeavesNothingToClose() {
    assertThrows(
        ShapeException.class,
        () ->
            NativeHandle.owned(
                "thing",
                () -> {
                  throw new RuntimeException("shape|too small");
                },
                p -> freed.incrementAndGet()));
    assertEquals(0, freed.get());
  }

  @Test
  void aParentClosesItsChildrenFirst() {
    List<String> order = new ArrayList<>();
    NativeHandle<Pointer> parent = NativeHandle.owned("parent", Pointer::new, p -> order.add("parent"));
    NativeHandle<Pointer> child = parent.child("child", p -> new Pointer(), p -> order.add("child"));
    NativeHandle<Pointer> early = parent.child("early", p -> new Pointer(), p -> order.add("early"));
    early.close();
    parent.close();
    assertEquals(List.of("early", "child", "parent"), order);
    assertTrue(child.isClosed());
    assertThrows(ClosedException.class, child::enter);
    child.close();
    assertEquals(3, order.size());
    assertThrows(ClosedException.class, () -> parent.child("late", p -> new Pointer(), p -> order.add("late")));
  }

  @Test
  void aCallInsideAChildKeepsTheParentOpen() throws InterruptedException {
    NativeHandle<Pointer> parent = handle("parent");
    NativeHandle<Pointer> child = parent.child("child", p -> new Pointer(), p -> freed.incrementAndGet());
    child.enter();
    Thread closer = new Thread(parent::close);
    closer.start();
    closer.join(100);
    assertTrue(closer.isAlive());
    assertEquals(0, freed.get());
    child.leave();
    closer.join(10_000);
    assertEquals(2, freed.get());
  }

  @Test
  void anInterruptDoesNotEndTheWaitButIsKept() throws InterruptedException {
    NativeHandle<Pointer> handle = handle("thing");
    handle.enter();
    AtomicBoolean kept = new AtomicBoolean();
    Thread closer =
        new Thread(
            () -> {
              handle.close();
              kept.set(Thread.interrupted());
            });
    closer.start();
    closer.interrupt();
    closer.join(100);
    assertTrue(closer.isAlive());
    handle.leave();
    closer.join(10_000);
    assertTrue(kept.get());
    assertEquals(1, freed.get());
  }

  @Test
  void manyThreadsMayUseItWhileOneCloses() throws InterruptedException {
    for (int round = 0; round < 200; round++) {
      AtomicBoolean alive = new AtomicBoolean(true);
      AtomicInteger dead = new AtomicInteger();
      NativeHandle<Pointer> handle = NativeHandle.owned("thing", Pointer::new, p -> alive.set(false));
      CountDownLatch ready = new CountDownLatch(3);
      List<Thread> users = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Thread user = new Thread(() -> useUntilClosed(handle, alive, dead, ready));
        user.start();
        users.add(user);
      }
      ready.await();
      handle.close();
      assertFalse(alive.get());
      for (Thread user : users) {
        user.join();
      }
      assertEquals(0, dead.get(), "calls that were inside after the object was freed");
    }
  }

  private static void useUntilClosed(NativeHandle<Pointer> handle, AtomicBoolean alive, AtomicInteger dead, CountDownLatch ready) {
    ready.countDown();
    try {
      while (true) {
        handle.enter();
        if (!alive.get()) {
          dead.incrementAndGet();
        }
        handle.leave();
      }
    } catch (ClosedException e) {
      // what ends the loop
    }
  }

  @Test
  void aForgottenHandleIsFreedAndItsOriginLogged() throws InterruptedException {
    String log = logOf(() -> handle("forgotten thing"));
    assertTrue(log.contains("forgotten thing was not closed"), log);
    assertEquals(1, freed.get());
  }

  @Test
  void aCollectedHandleIsFreedInSilence() throws InterruptedException {
    String log = logOf(() -> NativeHandle.collected("graph", Pointer::new, p -> freed.incrementAndGet()));
    assertFalse(log.contains("graph"), log);
    assertEquals(1, freed.get());
  }

  @Test
  void aClosedHandleIsNoLeak() throws InterruptedException {
    String log =
        logOf(
            () -> {
              NativeHandle<Pointer> parent = handle("tidy parent");
              parent.child("tidy child", p -> new Pointer(), p -> {});
              parent.close();
            });
    assertFalse(log.contains("tidy"), log);
  }

  /** What is logged until the handle that {@code open} leaves behind is collected. */
  private String logOf(Runnable open) throws InterruptedException {
    PrintStream original = System.err;
    ByteArrayOutputStream captured = new ByteArrayOutputStream();
    System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
    try {
      open.run();
      for (int i = 0; i < 100 && (freed.get() == 0 || i < 2); i++) {
        System.gc();
        Thread.sleep(20);
      }
    } finally {
      System.setErr(original);
    }
    return captured.toString(StandardCharsets.UTF_8);
  }
}
