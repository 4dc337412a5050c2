package org.quintet.abuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.Weights;
import org.quintet.testing.ChildJvm;

class CyclesTest {
  private static final long GROWTH = 16L << 20;   // what the collector and the allocators may be late by

  @TempDir Path directory;

  @Test
  void tenThousandModelsOneAfterAnotherLeaveNothingBehind() throws InterruptedException {
    expectNoGrowth(10_000, 1);
  }

  @Test
  void modelsWithTeamsOfThreadsLeaveNoThreadBehind() throws InterruptedException {
    expectNoGrowth(600, 2);
  }

  private void expectNoGrowth(int rounds, int threads) throws InterruptedException {
    Path file = directory.resolve("w");
    try (Weights weights = Weights.random(Cycles.network(), 1)) {
      weights.save(file);
    }
    ChildJvm.Ended ended =
        ChildJvm.of(Cycles.class)
            .options("-Xms64m", "-Xmx64m", "-XX:MaxDirectMemorySize=4m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch")
            .arguments(file, rounds, threads)
            .run();
    assertEquals(0, ended.exit(), ended.err());
    assertEquals("", ended.err());
    assertEquals(0, ended.number("late.native"));
    assertTrue(ended.number("late.threads") <= ended.number("early.threads") + 2, ended.out());
    assertTrue(ended.number("late.resident") <= ended.number("early.resident") + GROWTH, ended.out());
  }
}
