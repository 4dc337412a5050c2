package org.quintet.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quintet.Network;
import org.quintet.testing.ChildJvm;
import org.quintet.testing.SparseWeights;

class MemoryTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"vgg16, paper", "alexnet, torchvision", "resnet50, torchvision"})
  void loadingNeedsLittleMoreThanTheModelKeepsAndNothingOfTheHeap(String name, String variant) throws IOException, InterruptedException {
    Network network = Models.builder(name).variant(Variant.of(variant)).build();
    Path file = directory.resolve("weights.safetensors");
    SparseWeights.write(file, network);
    ChildJvm.Ended ended =
        ChildJvm.of(LargeNetwork.class).options("-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1").arguments(name, variant, file).run();
    assertEquals(0, ended.exit(), ended.err());
    long packed = ended.number("packed");
    long kept = packed + ended.number("arena");
    assertTrue(packed >= Float.BYTES * network.trainableParameters() * 0.99, ended.out());
    assertTrue(ended.number("peak") <= 2.2 * packed, ended.out());
    assertTrue(ended.number("after") <= 1.2 * kept, ended.out());
    assertEquals(0, ended.number("closed"), ended.out());
  }
}
