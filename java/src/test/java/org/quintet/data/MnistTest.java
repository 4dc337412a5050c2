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
import org.quintet.ShapeException;
import org.quintet.testing.Shared;
import org.quintet.testing.SyntheticFiles;

class MnistTest {
  @TempDir Path folder;

  @Test
  void readsPlainAndCompressedFilesAndFramesDigitsInAMarginOfTwo() throws IOException {
    SyntheticFiles.mnist(folder, 6, 3, 3);
    Mnist train = Mnist.train(folder);
    assertEquals(6, train.size());
    assertEquals(3, Mnist.test(folder).size());
    FloatBuffer levels = FloatBuffer.allocate(32 * 32);
    assertEquals(1, train.read(4, levels));
    assertEquals(0, levels.get(0), "the margin is black before normalisation");
    assertEquals(160 + (4 * 31 + 10 * 7) % 90, levels.get((7 + 2) * 32 + 10 + 2), "row 7, column 10, moved by the margin");
  }

  @Test
  void normalisesAsTheTransformDoes() throws IOException {
    SyntheticFiles.mnist(folder, 2, 1, 2);
    Mnist train = Mnist.train(folder);
    float[] levels = new float[32 * 32];
    train.read(1, FloatBuffer.wrap(levels));
    train.normalization().apply(levels);
    float[] whole = Mnist.transform().apply(train.picture(1));
    assertTrue(Arrays.equals(whole, levels), "training and classification see the same bits");
  }

  @Test
  void namesTheSampleThatDoesNotFitTheNetwork() throws IOException {
    SyntheticFiles.mnist(folder, 2, 1, 2);
    ShapeException e = assertThrows(ShapeException.class, () -> Mnist.train(folder).read(1, FloatBuffer.allocate(3 * 32 * 32)));
    assertTrue(e.getMessage().contains("picture 1") && e.getMessage().contains("1 x 32 x 32"), e.getMessage());
  }

  @Test
  void saysWhichFileIsMissing() {
    FormatException e = assertThrows(FormatException.class, () -> Mnist.train(folder));
    assertTrue(e.getMessage().contains("train-images-idx3-ubyte"), e.getMessage());
  }

  @Test
  void refusesAFileThatIsShorterThanItsHeaderSays() throws IOException {
    SyntheticFiles.mnist(folder, 2, 1, 2);
    SyntheticFiles.idx(folder.resolve("train-images-idx3-ubyte"), new byte[100], 2, 28, 28);
    assertFails("truncated", "1,568", "100");
  }

  @Test
  void refusesAFileThatIsLongerThanItsHeaderSays() throws IOException {
    SyntheticFiles.mnist(folder, 2, 1, 2);
    SyntheticFiles.idx(folder.resolve("train-images-idx3-ubyte"), new byte[1569], 2, 28, 28);
    assertFails("more in it");
  }

  @Test
  void refusesDimensionsThatOverflow() throws IOException {
    SyntheticFiles.mnist(folder, 2, 1, 2);
    SyntheticFiles.idx(folder.resolve("train-images-idx3-ubyte"), new byte[10], 1 << 30, 1 << 30, 16);
    assertFails("impossible");
    SyntheticFiles.idx(folder.resolve("train-images-idx3-ubyte"), new byte[10], -1, 28, 28);
    assertFails("impossible");
  }

  @Test
  void aHeaderThatLiesAboutAHugeSizeCostsNoMemory() throws IOException {
    SyntheticFiles.mnist(folder, 2, 1, 2);
    SyntheticFiles.idx(folder.resolve("train-images-idx3-ubyte"), new byte[10], 2_000_000, 28, 28);
    assertFails("truncated");
  }

  @Test
  void refusesAnotherMagicNumberAndAnEmptyFile() throws IOException {
    SyntheticFiles.mnist(folder, 2, 1, 2);
    Files.writeString(folder.resolve("train-images-idx3-ubyte"), "this is a text");
    assertFails("begins with");
    Files.write(folder.resolve("train-images-idx3-ubyte"), new byte[0]);
    assertFails("truncated");
  }

  @Test
  void refusesATruncatedGzipStream() throws IOException {
    SyntheticFiles.mnist(folder, 20, 1, 2);
    Path file = folder.resolve("train-images-idx3-ubyte.gz");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertFails("train-images");
  }

  @Test
  void refusesLabelsThatAreNotAsManyAsPictures() throws IOException {
    SyntheticFiles.mnist(folder, 2, 1, 2);
    SyntheticFiles.idx(folder.resolve("train-labels-idx1-ubyte"), new byte[3], 3);
    assertFails("2 pictures", "3 labels");
  }

  private void assertFails(String... words) {
    FormatException e = assertThrows(FormatException.class, () -> Mnist.train(folder));
    for (String word : words) {
      assertTrue(e.getMessage().contains(word), e.getMessage());
    }
  }

  @Test
  void readsTheRealFiles() {
    Path real = Shared.path("data/mnist");
    Mnist test = Mnist.test(real);
    assertEquals(10_000, test.size());
    int[] labels = {7, 2, 1, 0, 4, 1, 4, 9, 5, 9};
    for (int i = 0; i < labels.length; i++) {
      assertEquals(labels[i], test.label(i));
    }
    assertEquals(60_000, Mnist.train(real).size());
  }
}
