package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.quintet.testing.ChildJvm;

class RandomWeightsTest {

  private static Network plain() {
    Graph graph = new Graph("plain");
    Node x = graph.input(3, 16, 16).convolution("conv", Convolution.of(8, 3)).batchNorm("norm", BatchNorm.torch(1e-5)).relu("relu");
    graph.head("main", x.globalAveragePool("pool").dense("fc", Dense.of(10)), null);
    return graph.build("test");
  }

  /** A hundred residual blocks in the article's order, whose activations would explode if every norm were near 1. */
  private static Network deep() {
    Graph graph = new Graph("deep");
    Node x = graph.input(3, 16, 16).convolution("stem", Convolution.of(16, 3).same()).relu("stem.relu");
    for (int i = 0; i < 100; i++) {
      String block = "block" + i;
      Node branch = x.convolution(block + ".conv1", Convolution.of(16, 3).same()).batchNorm(block + ".norm1", BatchNorm.keras(1e-3))
          .relu(block + ".relu1")
          .convolution(block + ".conv2", Convolution.of(16, 3).same()).batchNorm(block + ".norm2", BatchNorm.keras(1e-3));
      x = branch.relu(block + ".relu2").add(block + ".add", x);
    }
    graph.head("main", x.globalAveragePool("pool").dense("fc", Dense.of(10)), null);
    return graph.build("test");
  }

  @Test
  void haveAValueForEveryParameterAndDependOnTheSeedAlone() {
    Network network = plain();
    try (Weights one = Weights.random(network, 1); Weights again = Weights.random(network, 1); Weights two = Weights.random(network, 2)) {
      assertEquals(network.totalParameters(), one.parameterCount());
      for (String name : one.names()) {
        assertArrayEquals(one.get(name).toFloats(), again.get(name).toFloats());
        assertNotEquals(one.get(name).toFloats()[0], two.get(name).toFloats()[0]);
      }
    }
  }

  @Test
  void varianceIsPositiveAndNormsAreNearOne() {
    try (Weights weights = Weights.random(plain(), 5)) {
      for (float gamma : weights.get("norm.weight").toFloats()) {
        assertEquals(1, gamma, 0.2001);
      }
      for (float var : weights.get("norm.running_var").toFloats()) {
        assertEquals(1, var, 0.2501);
      }
    }
  }

  @Test
  void aTensorsValuesFillTheirRangeEvenly() {
    Graph graph = new Graph("wide");
    graph.head("main", graph.input(3000, 1, 1).dense("fc", Dense.of(1000)), null);
    try (Weights weights = Weights.random(graph.build("test"), 3)) {
      double limit = Math.sqrt(6.0 / 4000);
      double sum = 0;
      double squares = 0;
      float[] values = weights.get("fc.weight").toFloats();
      for (float value : values) {
        assertTrue(Math.abs(value) <= limit * 1.0001, "outside the range: " + value);
        sum += value;
        squares += (double) value * value;
      }
      assertEquals(0, sum / values.length, limit * 0.002);
      assertEquals(limit * limit / 3, squares / values.length, limit * limit * 0.002);
    }
  }

  @Test
  void activationsOfAHundredBlocksStayUseful() {
    Network network = deep();
    try (Weights weights = Weights.random(network, 7); Model model = network.compile(weights, CompileOptions.defaults())) {
      float[] picture = new float[3 * 16 * 16];
      for (int i = 0; i < picture.length; i++) {
        picture[i] = (float) Math.sin(i);
      }
      float most = 0;
      for (float logit : model.run(picture)) {
        most = Math.max(most, Math.abs(logit));
      }
      assertTrue(most > 1e-2 && most < 1e3, "largest logit: " + most);
    }
  }

  @Test
  void aHundredMillionValuesAreMadeBesideAHeapOfAFractionOfTheirSize() throws InterruptedException {
    ChildJvm.Ended ended = ChildJvm.of(HundredMillionWeights.class).options("-Xmx64m", "-XX:+UseSerialGC").run();
    assertEquals(25088L * 4096 + 4096, ended.number("parameters"), ended.err());
    assertEquals(411_058_176, ended.number("bytes"), ended.err());
  }

  /** Makes the weights of VGG's first dense layer and says how many they are. */
  static final class HundredMillionWeights {
    private HundredMillionWeights() {}

    public static void main(String[] arguments) {
      Graph graph = new Graph("large");
      graph.head("main", graph.input(25088, 1, 1).dense("fc", Dense.of(4096)), null);
      try (Weights weights = Weights.random(graph.build("test"), 1)) {
        System.out.println("parameters=" + weights.parameterCount());
        System.out.println("bytes=" + weights.bytes());
      }
    }
  }
}
