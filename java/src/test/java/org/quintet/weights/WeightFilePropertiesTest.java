package org.quintet.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.quintet.QuintetException;
import org.quintet.Tensor;
import org.quintet.Weights;

/** What holds for any weights and any damage, through real files. */
class WeightFilePropertiesTest {
  private static Path directory;

  @BeforeContainer
  static void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("quintet-properties");
  }

  @AfterContainer
  static void removeDirectory() throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  @Provide
  Arbitrary<Map<String, long[]>> shapes() {
    Arbitrary<String> names = Arbitraries.strings().excludeChars('\0').ofMinLength(1).ofMaxLength(20)
        .filter(name -> TensorIndex.isName(name) && !name.equals(SafetensorsReader.METADATA));
    Arbitrary<long[]> shapes = Arbitraries.longs().between(0, 5).array(long[].class).ofMaxSize(4);
    return Arbitraries.maps(names, shapes).ofMaxSize(8);
  }

  private static Map<String, Tensor> tensors(Map<String, long[]> shapes, long seed) {
    Random random = new Random(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> {
      float[] values = new float[(int) Shapes.elements(shape)];
      for (int i = 0; i < values.length; i++) {
        values[i] = Float.intBitsToFloat(random.nextInt());   // infinities and all kinds of NaN too
      }
      tensors.put(name, Tensor.of(values, shape));
    });
    return tensors;
  }

  @Property(tries = 200)
  void anyWeightsComeBackFromAFileBitForBit(@ForAll("shapes") Map<String, long[]> shapes, @ForAll long seed) {
    Path file = directory.resolve("w.safetensors");
    Map<String, Tensor> tensors = tensors(shapes, seed);
    try (Weights weights = Weights.of(tensors)) {
      weights.save(file);
    }
    try (Weights read = Weights.open(file)) {
      assertEquals(new ArrayList<>(tensors.keySet()), new ArrayList<>(read.names()));
      tensors.forEach((name, tensor) -> {
        assertArrayEquals(tensor.shape(), read.get(name).shape());
        assertArrayEquals(bits(tensor), bits(read.get(name)));
      });
    }
  }

  private static int[] bits(Tensor tensor) {
    float[] values = tensor.toFloats();
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }

  @Provide
  Arbitrary<byte[]> files() {
    return Arbitraries.of(ParserFuzzTest.anySeeds().toList());
  }

  @Property(tries = 500)
  void anyDamageIsReadOrRefusedWithAReason(
      @ForAll("files") byte[] whole, @ForAll @IntRange(min = 1, max = 8) int changes, @ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] damaged = Arrays.copyOf(whole, random.nextInt(4) == 0 ? random.nextInt(whole.length + 4) : whole.length);
    for (int i = 0; i < changes && damaged.length > 0; i++) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
    }
    Path file = Files.write(directory.resolve("damaged"), damaged);
    try (Weights weights = Weights.open(file)) {
      for (String name : List.copyOf(weights.names())) {
        weights.get(name).toFloats();
      }
    } catch (QuintetException refused) {
      assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
    }
  }
}
