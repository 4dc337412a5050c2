package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quintet.testing.Shared;

/** Files that others made, as found in the wild: names, shapes and some numbers. */
class RealWeightFilesTest {

  private static Path file(String name) {
    return Shared.path("data/weights/" + name);
  }

  @Test
  void theTrainedGoogLeNetIsReadFromItsOnnxFile() {
    try (Weights weights = Weights.open(file("bvlc_googlenet.onnx"))) {
      assertEquals(6_998_552, weights.parameterCount());
      assertArrayEquals(new long[] {64, 3, 7, 7}, weights.get("conv1/7x7_s2.weight").shape());
      float[] first = weights.get("conv1/7x7_s2.weight").toFloats();
      assertEquals(64 * 3 * 7 * 7, first.length);
      for (float value : first) {
        assertTrue(Math.abs(value) < 2 && value != 0, "a trained weight is small and not zero: " + value);
      }
    }
  }

  @Test
  void theSameNetworkHasTheSameNumbersInSafetensorsAndInOnnx() {
    try (Weights safetensors = Weights.open(file("cifar10_resnet20.safetensors"));
        Weights onnx = Weights.open(file("cifar10_resnet20.onnx"))) {
      assertArrayEquals(new long[] {16, 3, 3, 3}, safetensors.get("conv1.weight").shape());
      List<String> common = safetensors.names().stream().filter(onnx::contains).toList();
      assertTrue(common.size() > 90, "names in both files: " + common.size());
      for (String name : common) {
        assertArrayEquals(safetensors.get(name).toFloats(), onnx.get(name).toFloats(), name);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"lenet_mnist_fyh.onnx", "lenet_mnist_jinsoo.onnx"})
  void exportsOfPyTorchAreRead(String name) {
    try (Weights weights = Weights.open(file(name))) {
      assertTrue(weights.parameterCount() > 40_000, weights.toString());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cifar10_resnet20.th, a PyTorch file of the legacy form (pickle)",
    "lenet_mnist_fyh.pth, a PyTorch file (zip)",
    "cifar10_mlperf_tiny_resnet8.h5, an HDF5 file (Keras .h5)",
    "../tensors/coffee.googlenet_prob.npy, a NumPy array",
    "../images/astronaut.png, a PNG picture",
    "../README.md, a text that begins with '# Real weights'"
  })
  void whatIsNotSupportedIsNamed(String name, String what) {
    FormatException e = assertThrows(FormatException.class, () -> Weights.open(file(name)));
    String expected = what.contains("'") ? what.substring(0, what.indexOf('\'')) : what;
    assertTrue(e.getMessage().contains(expected), e.getMessage());
    assertTrue(e.getMessage().contains("safetensors and ONNX"), e.getMessage());
  }
}
