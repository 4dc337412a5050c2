package org.quintet.abuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.quintet.testing.ChildJvm;

class LeakTest {

  @Test
  void aProgramThatClosesNothingIsToldWhereAndLosesNoMemory() throws InterruptedException {
    ChildJvm.Ended ended = ChildJvm.of(LeakingProgram.class).run();
    assertEquals(0, ended.exit(), ended.err());
    assertEquals(0, ended.number("nativeMemory"), ended.err());
    for (String forgotten : List.of("random weights of leaky/test", "model leaky/test")) {
      String line = ended.err().lines().filter(l -> l.contains(forgotten + " was not closed")).findFirst().orElse("");
      assertTrue(line.contains("LeakingProgram.leak(LeakingProgram.java:"), ended.err());
    }
  }

  @Test
  void theWholeStackIsShownByAsking() throws InterruptedException {
    ChildJvm.Ended ended = ChildJvm.of(LeakingProgram.class).options("-Dquintet.leaks=trace").run();
    assertTrue(ended.err().contains("at org.quintet.abuse.LeakingProgram.main(LeakingProgram.java:"), ended.err());
  }
}
