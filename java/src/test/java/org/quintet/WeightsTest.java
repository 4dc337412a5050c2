package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsTest {
  @TempDir Path directory;

  private static Weights twoTensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("conv1.weight", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    tensors.put("conv1.bias", Tensor.of(new float[] {7, 8}, 2));
    return Weights.of(tensors);
  }

  @Test
  void holdWhatTheyWereMadeOf() {
    try (Weights weights = twoTensors()) {
      assertEquals(List.of("conv1.weight", "conv1.bias"), new ArrayList<>(weights.names()));
      Tensor weight = weights.get("conv1.weight");
      assertEquals("conv1.weight", weight.name());
      assertEquals(DType.F32, weight.dtype());
      assertArrayEquals(new long[] {2, 3}, weight.shape());
      assertEquals(6, weight.elementCount());
      assertEquals(24, weight.bytes());
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, weight.toFloats());
      assertEquals(8, weights.parameterCount());
      assertEquals(32, weights.bytes());
      assertEquals("'conv1.weight' F32[2,3]", weight.toString());
    }
  }

  @Test
  void keepNothingOfTheProgramsArrays() {
    float[] values = {1, 2};
    long[] shape = {2};
    Tensor tensor = Tensor.of(values, shape);
    values[0] = 9;
    shape[0] = 9;
    tensor.shape()[0] = 9;
    assertArrayEquals(new float[] {1, 2}, tensor.toFloats());
    assertArrayEquals(new long[] {2}, tensor.shape());
  }

  @Test
  void takeScalarsEmptyTensorsAndNoTensors() {
    try (Weights none = Weights.of(Map.of());
        Weights some = Weights.of(Map.of("scalar", Tensor.of(new float[] {3}), "empty", Tensor.of(new float[0], 0, 5)))) {
      assertEquals(Set.of(), none.names());
      assertArrayEquals(new float[] {3}, some.get("scalar").toFloats());
      assertArrayEquals(new float[0], some.get("empty").toFloats());
    }
  }

  @Test
  void aTensorCanBeReadInParts() {
    try (Weights weights = twoTensors()) {
      FloatBuffer three = FloatBuffer.allocate(4).position(1);
      weights.get("conv1.weight").copyTo(2, three);
      assertArrayEquals(new float[] {0, 3, 4, 5}, three.array());
      assertEquals(4, three.position());
      FloatBuffer all = FloatBuffer.allocate(10);
      weights.get("conv1.weight").copyTo(all);
      assertEquals(6, all.position());
    }
  }

  @Test
  void impossibleRequestsAreArgumentErrors() {
    try (Weights weights = twoTensors()) {
      Tensor bias = weights.get("conv1.bias");
      assertThrows(ArgumentException.class, () -> bias.copyTo(FloatBuffer.allocate(1)));
      assertThrows(ArgumentException.class, () -> bias.copyTo(FloatBuffer.allocate(2).asReadOnlyBuffer()));
      assertThrows(ArgumentException.class, () -> bias.copyTo(1, FloatBuffer.allocate(2)));
      assertThrows(ArgumentException.class, () -> bias.copyTo(-1, FloatBuffer.allocate(1)));
      assertThrows(ArgumentException.class, () -> bias.copyTo(Long.MAX_VALUE, FloatBuffer.allocate(1)));
      assertThrows(ArgumentException.class, () -> bias.transposed(1));
      assertThrows(ArgumentException.class, () -> bias.transposed());
      assertThrows(ArgumentException.class, () -> weights.get("conv1.weight").transposed(0, 0));
      assertThrows(ArgumentException.class, () -> Tensor.of(new float[3], 2));
      assertThrows(ArgumentException.class, () -> Tensor.of(new float[1], -1, -1));
      assertThrows(ArgumentException.class, () -> Tensor.computed((start, target) -> {}, 1L << 40, 1L << 40));
      assertThrows(ArgumentException.class, () -> Weights.of(Map.of("", Tensor.of(new float[0], 0))));
      assertThrows(ArgumentException.class, () -> Weights.of(Map.of("a\0b", Tensor.of(new float[0], 0))));
      assertThrows(ArgumentException.class, () -> weights.save(directory.resolve("w"), DType.I8));
    }
  }

  @Test
  void aMissingTensorIsAnErrorThatNamesIt() {
    try (Weights weights = twoTensors()) {
      assertFalse(weights.contains("conv9.weight"));
      WeightsException e = assertThrows(WeightsException.class, () -> weights.get("conv9.weight"));
      assertTrue(e.getMessage().contains("'conv9.weight'"), e.getMessage());
    }
  }

  @Test
  void canBeRenamedAndSelected() {
    try (Weights weights = twoTensors()) {
      assertEquals(Set.of("net.conv1.weight", "net.conv1.bias"), weights.rename(name -> "net." + name).names());
      Weights renamed = weights.rename(Map.of("conv1.bias", "b"));
      assertEquals(Set.of("conv1.weight", "b"), renamed.names());
      assertEquals("b", renamed.get("b").name());
      assertEquals(Set.of("b"), renamed.only("b").names());
      assertEquals(Set.of("conv1.weight"), renamed.without("b").names());
      assertEquals(Set.of("conv1.bias"), weights.only(name -> name.endsWith("bias")).names());
      assertEquals(2, weights.without(name -> name.endsWith("weight")).parameterCount());
      assertThrows(WeightsException.class, () -> weights.rename(name -> "same"));
      assertThrows(WeightsException.class, () -> weights.rename(Map.of("nobody", "x")));
    }
  }

  @Test
  void aTensorCanBeTransposedAndTransposedBack() {
    float[] counting = new float[24];
    IntStream.range(0, 24).forEach(i -> counting[i] = i);
    try (Weights weights = Weights.of(Map.of("kernel", Tensor.of(counting, 2, 3, 4)))) {
      Tensor turned = weights.get("kernel").transposed(2, 0, 1);
      assertArrayEquals(new long[] {4, 2, 3}, turned.shape());
      float[] expected = new float[24];
      for (int a = 0; a < 2; a++) {
        for (int b = 0; b < 3; b++) {
          for (int c = 0; c < 4; c++) {
            expected[(c * 2 + a) * 3 + b] = counting[(a * 3 + b) * 4 + c];
          }
        }
      }
      assertArrayEquals(expected, turned.toFloats());
      FloatBuffer middle = FloatBuffer.allocate(5);
      turned.copyTo(10, middle);
      assertArrayEquals(Arrays.copyOfRange(expected, 10, 15), middle.array());
      assertArrayEquals(counting, turned.transposed(1, 2, 0).toFloats());
      try (Weights copied = Weights.of(Map.of("kernel", turned))) {
        assertArrayEquals(expected, copied.get("kernel").toFloats());
      }
    }
  }

  @Test
  void onlyATensorOfWeightsCanBeTransposed() {
    assertThrows(UnsupportedException.class, () -> Tensor.of(new float[4], 2, 2).transposed(1, 0));
  }

  @Test
  void roundTripThroughAFile() {
    Path path = directory.resolve("w.bin");
    try (Weights weights = twoTensors()) {
      weights.save(path);
    }
    try (Weights read = Weights.open(path)) {
      assertEquals(List.of("conv1.weight", "conv1.bias"), new ArrayList<>(read.names()));
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, read.get("conv1.weight").toFloats());
      assertArrayEquals(new long[] {2}, read.get("conv1.bias").shape());
    }
  }

  @Test
  void canBeSavedInHalfTheSizeAndBack() {
    Path half = directory.resolve("half");
    Path whole = directory.resolve("whole");
    try (Weights weights = Weights.of(Map.of("w", Tensor.of(new float[] {1, 1 / 3f, Float.NaN, 1e9f}, 4)))) {
      for (DType type : List.of(DType.F16, DType.BF16)) {
        weights.save(half, type);
        try (Weights read = Weights.open(half)) {
          assertEquals(type, read.get("w").dtype());
          assertEquals(8, read.bytes());
          float[] values = read.get("w").toFloats();
          assertEquals(1, values[0]);
          assertEquals(1 / 3f, values[1], 1e-3);
          assertTrue(Float.isNaN(values[2]));
          assertEquals(type == DType.F16 ? Float.POSITIVE_INFINITY : 1e9f, values[3], 4e6f);
          read.save(whole, DType.F32);
          try (Weights wide = Weights.open(whole)) {
            assertEquals(DType.F32, wide.get("w").dtype());
            assertArrayEquals(values, wide.get("w").toFloats());
          }
        }
      }
    }
  }

  @Test
  void canBeSavedOverTheFileThatTheyAreReadFrom() throws IOException {
    Path path = directory.resolve("w");
    try (Weights weights = twoTensors()) {
      weights.save(path);
    }
    try (Weights weights = Weights.open(path)) {
      weights.rename(name -> "new." + name).save(path);
      assertArrayEquals(new float[] {7, 8}, weights.get("conv1.bias").toFloats());
    }
    try (Weights weights = Weights.open(path)) {
      assertArrayEquals(new float[] {7, 8}, weights.get("new.conv1.bias").toFloats());
    }
    try (var files = Files.list(directory)) {
      assertEquals(List.of(path), files.toList());
    }
  }

  @Test
  void everyUseAfterCloseIsAClearError() {
    Weights weights = twoTensors();
    Weights view = weights.only("conv1");
    Tensor tensor = weights.get("conv1.bias");
    Tensor turned = weights.get("conv1.weight").transposed(1, 0);
    view.close();
    weights.close();
    assertEquals("conv1.bias", tensor.name());
    assertEquals(2, tensor.elementCount());
    for (Runnable use : List.<Runnable>of(tensor::toFloats, turned::toFloats, () -> tensor.copyTo(FloatBuffer.allocate(2)),
        () -> weights.get("conv1.bias"), weights::names, () -> weights.contains("x"), () -> weights.rename(name -> name),
        () -> weights.only("x"), () -> weights.save(directory.resolve("w")), () -> view.get("conv1.bias"),
        () -> Weights.of(Map.of("copy", tensor)), weights::releasePages, () -> weights.fill((n, t, s, a, b, f) -> {}))) {
      assertThrows(ClosedException.class, use::run);
    }
    assertTrue(Files.notExists(directory.resolve("w")));
  }

  @Test
  void largeTensorsAreMadeInPartsThatFit() {
    Tensor.Values counting = (start, target) -> {
      for (int i = 0; i < target.length; i++) {
        target[i] = start + i;
      }
    };
    try (Weights weights = Weights.of(Map.of("w", Tensor.computed(counting, 1000, 1000)))) {
      float[] values = weights.get("w").toFloats();
      for (int i = 0; i < values.length; i++) {
        assertEquals(i, values[i]);
      }
    }
  }

  @Test
  void aFailureWhileTheyAreMadeComesOutAndLeavesNothing() {
    Tensor bad = Tensor.computed((start, target) -> {
      throw new IllegalStateException("no value today");
    }, 100_000);
    assertThrows(IllegalStateException.class, () -> Weights.of(Map.of("w", bad)));
  }

  @Test
  void moreMemoryThanThereIsIsAMemoryError() {
    Tensor vast = Tensor.computed((start, target) -> {}, 1L << 55);
    NativeMemoryException e = assertThrows(NativeMemoryException.class, () -> Weights.of(Map.of("w", vast)));
    assertTrue(e.getMessage().contains("144115188075855872"), e.getMessage());
  }

  @Test
  void everyTensorIsOfferedByAddress() {
    List<String> offered = new ArrayList<>();
    try (Weights weights = twoTensors()) {
      weights.fill((name, type, shape, address, bytes, inFile) -> {
        assertFalse(inFile);
        assertEquals(0, address % 64);
        assertTrue(address != 0);
        offered.add(name + type + shape.length + ":" + bytes);
      });
      weights.releasePages();
      assertArrayEquals(new float[] {7, 8}, weights.get("conv1.bias").toFloats());
    }
    assertEquals(List.of("conv1.weightF322:24", "conv1.biasF321:8"), offered);
  }
}
