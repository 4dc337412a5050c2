package org.quintet.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.FormatException;
import org.quintet.testing.Shared;
import org.quintet.testing.SyntheticFiles;

class Cifar10Test {
  @TempDir Path folder;

  @Test
  void readsAllBatchesInTheOrderOfTheirNamesAsPlanesOfRedGreenBlue() throws IOException {
    Files.write(folder.resolve("data_batch_2.bin"), SyntheticFiles.cifar(4));
    Files.write(folder.resolve("data_batch_1.bin"), SyntheticFiles.cifar(3));
    Files.write(folder.resolve("test_batch.bin"), SyntheticFiles.cifar(2));
    Cifar10 train = Cifar10.train(folder);
    assertEquals(7, train.size());
    assertEquals(2, Cifar10.test(folder).size());
    FloatBuffer levels = FloatBuffer.allocate(3072);
    assertEquals(3, train.read(3 + 3, levels), "the fourth record of the second file");
    assertEquals(3, levels.get(1));
    assertEquals(6, levels.get(1024 + 1));
    assertEquals(9, levels.get(2048 + 1023));
    assertEquals(0, levels.get(1024));
  }

  @Test
  void refusesTruncatedFilesEmptyOnesAndLabelsOutOfRange() throws IOException {
    byte[] data = SyntheticFiles.cifar(2);
    Files.write(folder.resolve("data_batch_1.bin"), Arrays.copyOf(data, data.length - 1));
    assertFails("data_batch_1.bin", "truncated");
    Files.write(folder.resolve("data_batch_1.bin"), new byte[0]);
    assertFails("data_batch_1.bin");
    data[3073] = 10;
    Files.write(folder.resolve("data_batch_1.bin"), data);
    assertFails("record 1", "label 10");
  }

  @Test
  void saysWhichFilesAreMissing() {
    assertFails("data_batch");
  }

  private void assertFails(String... words) {
    FormatException e = assertThrows(FormatException.class, () -> Cifar10.train(folder));
    for (String word : words) {
      assertTrue(e.getMessage().contains(word), e.getMessage());
    }
  }

  @Test
  void readsTheRealFiles() {
    Path real = Shared.path("data/cifar10");
    assertEquals(10_000, Cifar10.train(real).size());
    Cifar10 test = Cifar10.test(real);
    assertEquals(1000, test.size());
    assertEquals("cat", test.labels().get(test.label(0)), "the first test picture is a cat");
  }
}
