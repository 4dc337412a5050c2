package org.quintet.abuse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.testing.ChildJvm;
import org.quintet.testing.SparseWeights;

class ShortOfMemoryTest {
  @TempDir Path directory;

  @Test
  void whatDoesNotFitIsAMemoryErrorAndTheProcessGoesOn() throws IOException, InterruptedException {
    Path file = directory.resolve("large.safetensors");
    SparseWeights.write(file, ShortOfMemory.network(1 << 14, 1 << 14));
    ChildJvm.Ended ended = ChildJvm.of(ShortOfMemory.class).options("-Xmx64m", "-XX:+UseSerialGC").arguments(file).run();
    assertEquals(0, ended.exit(), ended.out() + ended.err());
    assertTrue(ended.out().contains("compile: cannot get 1073741824 bytes of native memory for the weights of dense"), ended.out());
    assertTrue(ended.out().contains("run: cannot get "), ended.out());
    assertTrue(ended.out().contains("weights: cannot get "), ended.out());
    assertTrue(ended.out().endsWith("alive\n"), ended.out());
  }
}
