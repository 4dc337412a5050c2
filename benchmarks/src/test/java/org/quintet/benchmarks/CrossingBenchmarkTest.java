package org.quintet.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

class CrossingBenchmarkTest {

  @Test
  void runsOnBuffersAllocateNothing() throws RunnerException {
    for (String benchmark : List.of("run", "runOnBuffers")) {
      Collection<RunResult> results =
          new Runner(
                  new OptionsBuilder()
                      .include(CrossingBenchmark.class.getSimpleName() + "\\." + benchmark + "$")
                      .addProfiler(GCProfiler.class)
                      .forks(0)
                      .warmupIterations(1)
                      .warmupTime(TimeValue.milliseconds(500))
                      .measurementIterations(1)
                      .measurementTime(TimeValue.seconds(2))
                      .verbosity(VerboseMode.SILENT)
                      .build())
              .run();
      assertEquals(1, results.size());
      double bytesPerRun = results.iterator().next().getSecondaryResults().get("gc.alloc.rate.norm").getScore();
      assertTrue(bytesPerRun < 0.1, benchmark + ": " + bytesPerRun + " bytes per run");   // what JMH itself allocates, shared among all runs
    }
  }
}
