package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.testing.Closing;

/** Closing, memory, and files too large for one buffer. */
class WeightsLifetimeTest {
  @TempDir Path directory;

  private Path saved(int elements) {
    float[] values = new float[elements];
    Arrays.fill(values, 3);
    Path path = directory.resolve("w");
    try (Weights weights = Weights.of(Map.of("w", Tensor.of(values, elements)))) {
      weights.save(path);
    }
    return path;
  }

  @Test
  void closingWhileOthersReadGivesWholeAnswersOrAClearError() throws Exception {
    Path path = saved(1 << 16);
    ExecutorService readers = Executors.newFixedThreadPool(4);
    for (int round = 0; round < 50; round++) {
      Weights weights = Weights.open(path);
      CountDownLatch started = new CountDownLatch(4);
      List<Future<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        answers.add(readers.submit(() -> readUntilClosed(weights.get("w"), started)));
      }
      started.await();
      weights.close();
      for (Future<Integer> answer : answers) {
        assertTrue(answer.get(20, TimeUnit.SECONDS) >= 1);
      }
    }
    readers.shutdown();
  }

  private static int readUntilClosed(Tensor tensor, CountDownLatch started) {
    for (int reads = 0; ; reads++) {
      try {
        for (float value : tensor.toFloats()) {
          assertEquals(3, value);
        }
      } catch (ClosedException e) {
        return reads;
      }
      if (reads == 0) {
        started.countDown();
      }
    }
  }

  @Test
  void closingWaitsForWhoeverKeepsThemOpen() throws Exception {
    Weights weights = Weights.open(saved(100));
    Closing.assertWaitsForWhoeverIsInside(weights::whileOpen, weights::close);
  }

  @Test
  void closingTwiceAndThroughAViewIsHarmless() {
    Weights weights = Weights.open(saved(10));
    Weights view = weights.rename(name -> "x" + name);
    view.close();
    view.close();
    weights.close();
    assertThrows(ClosedException.class, weights::names);
  }

  @Test
  void tenThousandOpenAndCloseLeaveNothingBehind() throws IOException {
    Path path = saved(4096);
    openAndClose(path, 1000);
    long before = mappings();
    openAndClose(path, 10_000);
    assertTrue(mappings() <= before + 20, "mappings of the process: %d, then %d".formatted(before, mappings()));
  }

  private static void openAndClose(Path path, int times) {
    for (int i = 0; i < times; i++) {
      try (Weights weights = Weights.open(path)) {
        assertEquals(4096, weights.parameterCount());
      }
    }
  }

  private static long mappings() throws IOException {
    Path maps = Path.of("/proc/self/maps");
    if (!Files.isReadable(maps)) {
      return 0;
    }
    try (var lines = Files.lines(maps)) {
      return lines.count();
    }
  }

  @Test
  void aFileBeyondTwoGibibytesIsReadToItsEnd() throws IOException {
    long elements = (1L << 31) / 4 + 1000;
    long bytes = elements * 4;
    Path path = directory.resolve("large");
    String header = """
        {"first":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]},"last":{"dtype":"F32","shape":[2],"data_offsets":[%d,%d]}}"""
        .formatted(elements, bytes, bytes, bytes + 8);
    ByteBuffer head = ByteBuffer.allocate(8 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
    ByteBuffer tail = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putFloat(5).putFloat(6).putFloat(7);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {   // sparse: it takes no space
      file.write(head.array());
      file.seek(8 + header.length() + bytes - 4);
      file.write(tail.array());
    }
    try (Weights weights = Weights.open(path)) {
      assertArrayEquals(new float[] {6, 7}, weights.get("last").toFloats());
      FloatBuffer end = FloatBuffer.allocate(2);
      weights.get("first").copyTo(elements - 2, end);
      assertArrayEquals(new float[] {0, 5}, end.array());
      assertEquals(elements + 2, weights.parameterCount());
      assertThrows(UnsupportedException.class, () -> weights.get("first").transposed(0));
    }
  }
}
