package org.quintet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class QuintetTest {

  @Test
  void theVersionIsThatOfTheBuild() {
    assertTrue(Quintet.version().matches("\\d+\\.\\d+\\.\\d+.*"), Quintet.version());
  }

  @Test
  void theMachineIsDescribed() {
    assertTrue(Quintet.cpuReport().startsWith("{"), Quintet.cpuReport());
    assertTrue(Quintet.cpuReport().contains("\"isa\""), Quintet.cpuReport());
    assertTrue(Quintet.allowedThreads() >= 1);
    assertTrue(Quintet.allowedThreads() <= Runtime.getRuntime().availableProcessors());
  }

  @Test
  void theNativeLibrariesAreListedInTheOrderOfLoading() {
    assertEquals(4, Quintet.nativeLibraries().size());
    assertTrue(Quintet.nativeLibraries().get(0).endsWith("libgomp.so.1"));
    assertTrue(Quintet.nativeLibraries().get(3).endsWith("libjniquintet.so"));
  }

  @Test
  void threadsAndLanesNotGivenFollowFromTheThreadsAllowed() {
    CompileOptions latency = CompileOptions.latency();
    assertEquals(6, latency.threadsOf(6));
    assertEquals(1, latency.lanesOf(6));
    CompileOptions throughput = CompileOptions.throughput();
    assertEquals(1, throughput.threadsOf(6));
    assertEquals(6, throughput.lanesOf(6));
    CompileOptions shared = CompileOptions.defaults().lanes(2);
    assertEquals(3, shared.threadsOf(6));
    assertEquals(1, shared.threadsOf(1));
    CompileOptions pairs = CompileOptions.defaults().threads(2).lanes(0);
    assertEquals(3, pairs.lanesOf(6));
    assertEquals(1, pairs.lanesOf(1));
    assertFalse(latency.unusedAllowed());
  }
}
