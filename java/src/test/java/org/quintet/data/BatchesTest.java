package org.quintet.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.quintet.ArgumentException;
import org.quintet.ClosedException;
import org.quintet.FormatException;
import org.quintet.ShapeException;

class BatchesTest {
  /** Sample i has four numbers i and label i % 3. */
  private static Dataset numbers(int size) {
    return Dataset.of(size, (index, target) -> {
      for (int i = 0; i < 4; i++) {
        target.put(index);
      }
      return index % 3;
    });
  }

  private static Batches.Plan plan(int batch, boolean shuffled, Augmentation how, int epoch, int step, int epochs) {
    return new Batches.Plan(batch, 1, 2, 2, 3, shuffled, 7, how, epoch, step, epochs);
  }

  private static List<String> all(Dataset data, Batches.Plan plan, long pause) {
    List<String> lines = new ArrayList<>();
    try (Batches batches = new Batches(data, plan)) {
      for (Batches.Batch batch = batches.next(); batch != null; batch = batches.next()) {
        float[] values = new float[batch.samples().remaining()];
        batch.samples().duplicate().get(values);
        lines.add(batch.epoch() + "/" + batch.step() + " " + Arrays.toString(values)
            + Arrays.toString(Arrays.copyOf(batch.labels(), batch.size())));
        LockSupport.parkNanos(pause);
      }
      assertNull(batches.next(), "the end stays the end");
    }
    return lines;
  }

  @Test
  void givesEverySampleOnceAnEpochAndWhatIsLeftInItsLastBatch() {
    try (Batches batches = new Batches(numbers(10), plan(4, true, Augmentation.NONE, 0, 0, 2))) {
      List<Set<Float>> epochs = List.of(new HashSet<>(), new HashSet<>());
      List<Integer> sizes = new ArrayList<>();
      for (Batches.Batch batch = batches.next(); batch != null; batch = batches.next()) {
        sizes.add(batch.size());
        assertEquals(4 * batch.size(), batch.samples().remaining());
        for (int i = 0; i < batch.size(); i++) {
          float number = batch.samples().get(4 * i);
          assertEquals((int) number % 3, batch.labels()[i]);
          epochs.get(batch.epoch()).add(number);
        }
      }
      assertEquals(List.of(4, 4, 2, 4, 4, 2), sizes);
      assertEquals(10, epochs.get(0).size());
      assertEquals(10, epochs.get(1).size());
    }
  }

  @Test
  void whatIsInABatchDoesNotDependOnTiming() {
    Augmentation how = Augmentation.NONE.withShift(1).withFlip();
    List<String> fast = all(numbers(40), plan(8, true, how, 0, 0, 3), 0);
    List<String> slow = all(numbers(40), plan(8, true, how, 0, 0, 3), 500_000);
    assertEquals(fast, slow);
    assertEquals(15, fast.size());
  }

  @Test
  void startsInTheMiddleWithTheSameBatchesAsFromTheBeginning() {
    List<String> whole = all(numbers(40), plan(8, true, Augmentation.NONE.withFlip(), 0, 0, 3), 0);
    assertEquals(whole.subList(8, 15), all(numbers(40), plan(8, true, Augmentation.NONE.withFlip(), 1, 3, 3), 0));
    assertEquals(whole.subList(10, 15), all(numbers(40), plan(8, true, Augmentation.NONE.withFlip(), 1, 5, 3), 0),
        "an epoch of which every step is made already");
  }

  @Test
  void shufflesEveryEpochDifferently() {
    List<String> lines = all(numbers(40), plan(40, true, Augmentation.NONE, 0, 0, 2), 0);
    assertTrue(!lines.get(0).substring(3).equals(lines.get(1).substring(3)));
  }

  @Test
  void keepsTheOrderUnlessAskedToShuffle() {
    List<String> lines = all(numbers(3), plan(3, false, Augmentation.NONE, 0, 0, 1), 0);
    assertTrue(lines.get(0).startsWith("0/0 [0.0, 0.0, 0.0, 0.0, 1.0"), lines.get(0));
  }

  @Test
  void usesTheSameMemoryAgain() {
    try (Batches batches = new Batches(numbers(100), plan(4, true, Augmentation.NONE, 0, 0, 1))) {
      Set<Batches.Batch> seen = new HashSet<>();
      for (Batches.Batch batch = batches.next(); batch != null; batch = batches.next()) {
        seen.add(batch);
        assertTrue(batch.samples().isDirect());
      }
      assertTrue(seen.size() <= 3, "buffers: " + seen.size());
    }
  }

  @Test
  void anErrorOfTheDataSetReachesTheOneWhoTakesBatches() {
    FormatException thrown = new FormatException("picture 5 is damaged");
    Dataset data = Dataset.of(10, (index, target) -> {
      if (index == 5) {
        throw thrown;
      }
      target.put(new float[4]);
      return 0;
    });
    try (Batches batches = new Batches(data, plan(2, false, Augmentation.NONE, 0, 0, 1))) {
      assertNotNull(batches.next());
      assertNotNull(batches.next());
      assertSame(thrown, assertThrows(FormatException.class, batches::next));
      assertThrows(FormatException.class, batches::next, "and again");
    }
  }

  @Test
  void namesTheSampleWhoseLabelIsOutOfRange() {
    for (int wrong : new int[] {3, -1}) {
      Dataset data = Dataset.of(new float[][] {new float[4], new float[4]}, new int[] {2, wrong});
      try (Batches batches = new Batches(data, plan(2, false, Augmentation.NONE, 0, 0, 1))) {
        ArgumentException e = assertThrows(ArgumentException.class, batches::next);
        assertTrue(e.getMessage().contains("sample 1") && e.getMessage().contains("label " + wrong), e.getMessage());
      }
    }
  }

  @Test
  void namesTheSampleWithTooManyOrTooFewNumbers() {
    for (int length : new int[] {3, 5}) {
      Dataset data = Dataset.of(new float[][] {new float[length]}, new int[] {0});
      try (Batches batches = new Batches(data, plan(1, false, Augmentation.NONE, 0, 0, 1))) {
        ShapeException e = assertThrows(ShapeException.class, batches::next);
        assertTrue(e.getMessage().contains("sample 0") && e.getMessage().contains("1 x 2 x 2"), e.getMessage());
      }
    }
  }

  @Test
  void refusesAnEmptyDataSet() {
    ArgumentException e =
        assertThrows(ArgumentException.class, () -> new Batches(numbers(0), plan(1, true, Augmentation.NONE, 0, 0, 1)));
    assertTrue(e.getMessage().contains("empty"), e.getMessage());
  }

  @Test
  void closingEndsThePreparingThreadEvenWhenNobodyTakesBatches() {
    Batches batches = new Batches(numbers(1000), plan(1, true, Augmentation.NONE, 0, 0, 1));
    batches.close();
    assertThrows(ClosedException.class, batches::next);
    assertTrue(Thread.getAllStackTraces().keySet().stream().noneMatch(t -> t.getName().equals("quintet-batches") && t.isAlive()));
  }

  @Test
  void splitsWithoutOverlapAndTheSameWayForTheSameSeed() {
    Dataset.Split split = numbers(100).split(0.2, 3);
    assertEquals(80, split.train().size());
    assertEquals(20, split.validation().size());
    Set<String> seen = new HashSet<>();
    for (Dataset part : List.of(split.train(), split.validation())) {
      for (int i = 0; i < part.size(); i++) {
        assertTrue(seen.add(part.describe(i)));
      }
    }
    assertEquals(split.validation().describe(0), numbers(100).split(0.2, 3).validation().describe(0));
    assertThrows(ArgumentException.class, () -> numbers(100).split(1, 3));
    assertThrows(ArgumentException.class, () -> numbers(1).split(.5, 3));
  }
}
