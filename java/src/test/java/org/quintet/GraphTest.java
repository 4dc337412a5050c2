package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class GraphTest {

  @Test
  void everyNodeKnowsItsShapeAsItIsAdded() {
    Node input = new Graph("g").input(3, 224, 224);
    assertEquals("input", input.name());
    assertArrayEquals(new long[] {64, 112, 112}, input.convolution("a", Convolution.of(64, 7).stride(2).padding(3)).shape());
    assertArrayEquals(new long[] {64, 112, 112}, input.convolution("b", Convolution.of(64, 7).stride(2).same()).shape());
    assertArrayEquals(new long[] {6, 218, 220}, input.convolution("c", Convolution.of(6, 7, 5).groups(3).noBias()).shape());
    assertArrayEquals(new long[] {3, 112, 112}, input.maxPool("d", Pool.of(3).stride(2).same()).shape());
    assertArrayEquals(new long[] {3, 112, 112}, input.averagePool("e", Pool.of(3).stride(2).ceil()).shape());
    assertArrayEquals(new long[] {3, 224, 224}, input.averagePool("f", Pool.of(3).stride(1).padding(1).countPadding()).shape());
    assertArrayEquals(new long[] {3, 112, 112}, input.sumPool("g", Pool.of(2)).shape());
    assertArrayEquals(new long[] {3, 7, 7}, input.adaptiveAveragePool("h", 7, 7).shape());
    assertArrayEquals(new long[] {3, 225, 228}, input.zeroPad("i", 0, 1, 1, 3).shape());
    assertArrayEquals(new long[] {3}, input.globalAveragePool("j").shape());
    assertArrayEquals(new long[] {3 * 224 * 224}, input.flatten("k").shape());
    assertArrayEquals(new long[] {10}, input.dense("l", Dense.of(10)).shape());
    assertArrayEquals(new long[] {6, 224, 224}, input.concat("m", input.lrn("n", 5, 1e-4, 0.75, 1)).shape());
    assertArrayEquals(new long[] {3, 224, 224}, input.add("o", input.dropout("p", 0.4)).shape());
    assertArrayEquals(new long[] {3, 220, 220}, input.convolution("q", Convolution.of(3, 3).dilation(2)).shape());
    for (Node same :
        List.of(
            input.relu("r"), input.sigmoid("s"), input.tanh("t"), input.identity("u"), input.scaleShift("v"),
            input.batchNorm("w", BatchNorm.torch(1e-5)))) {
      assertArrayEquals(input.shape(), same.shape());
    }
    Node vector = input.globalAveragePool("x").softmax("y");
    assertEquals(3, vector.channels());
    assertEquals(1, vector.height());
    assertEquals(1, vector.width());
  }

  @Test
  void aKernelThatDoesNotFitIsAShapeErrorNamingTheNode() {
    Node input = new Graph("g").input(1, 5, 5);
    ShapeException e = assertThrows(ShapeException.class, () -> input.convolution("conv7", Convolution.of(1, 7)));
    assertTrue(e.getMessage().contains("conv7"), e.getMessage());
  }

  @Test
  void wrongNumbersAndNamesAreArgumentErrors() {
    Graph graph = new Graph("g");
    Node input = graph.input(4, 8, 8);
    input.relu("taken");
    assertThrows(ArgumentException.class, () -> input.relu("taken"));
    assertThrows(QuintetException.class, () -> input.convolution("c", Convolution.of(0, 3)));
    assertThrows(QuintetException.class, () -> input.maxPool("p", Pool.of(2).stride(0)));
    assertThrows(QuintetException.class, () -> graph.input(3, 8, 8));
  }

  @Test
  void aNodeOfAnotherGraphIsRefused() {
    Node here = new Graph("here").input(1, 4, 4);
    Node there = new Graph("there").input(1, 4, 4);
    ArgumentException e = assertThrows(ArgumentException.class, () -> here.add("sum", there));
    assertTrue(e.getMessage().contains("there") || e.getMessage().contains("input"), e.getMessage());
  }

  @Test
  void aFailedNodeLeavesTheGraphUsable() {
    Graph graph = new Graph("g");
    Node input = graph.input(1, 5, 5);
    assertThrows(ShapeException.class, () -> input.convolution("conv", Convolution.of(1, 7)));
    Node logits = input.convolution("conv", Convolution.of(1, 5)).flatten("flat");
    graph.head("main", logits, null);
    assertEquals(List.of("input", "conv", "flat"), graph.build("default").nodes());
  }

  @Test
  void aBuiltGraphTakesNoMore() {
    Graph graph = new Graph("g");
    Node input = graph.input(1, 4, 4);
    graph.build("default");
    assertThrows(ArgumentException.class, () -> input.relu("relu"));
  }

  @Test
  void aGraphWithoutInputIsNoNetwork() {
    assertThrows(ArgumentException.class, () -> new Graph("empty").build("default"));
  }

  @Test
  void aNetworkListsLayersParametersAndHeads() {
    Network network = LeNet.network();
    assertEquals("lenet5/article", network.toString());
    assertArrayEquals(new long[] {1, 32, 32}, network.inputShape());
    assertEquals(1_631_080, network.trainableParameters());
    assertEquals(1_631_080, network.totalParameters());
    assertEquals(
        List.of("input", "conv1", "pool1", "conv2", "pool2", "flatten", "dense1", "preds"),
        network.layers().stream().map(Network.Layer::name).toList());
    Network.Layer conv2 = network.layers().get(3);
    assertEquals("convolution", conv2.type());
    assertArrayEquals(new long[] {50, 16, 16}, conv2.outputShape());
    assertEquals(25_050, conv2.parameters());
    assertEquals(50L * 16 * 16 * 20 * 25, conv2.macs());
    assertEquals(new Network.Head("preds", "preds.logits", "preds"), network.heads().get(0));
    Network.Parameter weight = network.parameters().get(0);
    assertEquals("conv1.weight", weight.name());
    assertEquals("weight", weight.kind());
    assertArrayEquals(new long[] {20, 1, 5, 5}, weight.shape());
  }

  @Test
  void movingStatisticsAreNoTrainableParameters() {
    Graph graph = new Graph("g");
    Node logits = graph.input(8, 4, 4).batchNorm("norm", BatchNorm.keras(1e-3)).globalAveragePool("pool");
    graph.head("main", logits, null);
    Network network = graph.build("default");
    assertEquals(16, network.trainableParameters());
    assertEquals(32, network.totalParameters());
    assertEquals(
        List.of("norm.gamma", "norm.beta", "norm.mean", "norm.var"),
        network.parameters().stream().map(Network.Parameter::name).toList());
    assertNull(network.heads().get(0).softmax());
  }
}
