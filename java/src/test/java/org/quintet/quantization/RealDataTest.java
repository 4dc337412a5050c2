package org.quintet.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.quintet.BatchNorm;
import org.quintet.CompileOptions;
import org.quintet.Convolution;
import org.quintet.Dense;
import org.quintet.Graph;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Node;
import org.quintet.Pool;
import org.quintet.Tensor;
import org.quintet.Weights;
import org.quintet.data.Cifar10;
import org.quintet.data.Dataset;
import org.quintet.data.Mnist;
import org.quintet.pictures.Transform;
import org.quintet.testing.Shared;

/** Networks that others trained keep their accuracy in 8 bits, to half a percentage point. */
class RealDataTest {
  private static final int BATCH = 50;
  private static final double POINTS = 0.5;

  @Test
  void aLeNetOnMnistsTestDigits() {
    Transform digits = Transform.mnist();
    Dataset train = Mnist.train(Shared.path("data/mnist"), digits).spread(256);
    Dataset test = Mnist.test(Shared.path("data/mnist"), digits);
    try (Weights weights = Weights.open(Shared.path("data/weights/lenet_mnist_fyh.onnx"))) {
      check(leNet(), weights, train, test, 0.9813);
    }
  }

  @Test
  void aResNet20OnCifarsTestPictures() {
    Transform framing =
        Transform.stretch(32, 32).levels(255, new double[] {.485, .456, .406}, new double[] {.229, .224, .225});
    Dataset train = Cifar10.train(Shared.path("data/cifar10"), framing).spread(256);
    Dataset test = Cifar10.test(Shared.path("data/cifar10"), framing);
    try (Weights trained = Weights.open(Shared.path("data/weights/cifar10_resnet20.safetensors")); Weights weights = withShortcuts(trained)) {
      check(resNet20(), weights, train, test, 0.915);
    }
  }

  private static void check(Network network, Weights weights, Dataset train, Dataset test, double published) {
    CompileOptions options = CompileOptions.defaults().batch(BATCH);
    Reference reference;
    try (Model exact = network.compile(weights, options)) {
      reference = Reference.of(exact, test, BATCH);
    }
    for (RangeMethod method : new RangeMethod[] {RangeMethod.minMax(), RangeMethod.percentile(99.99), RangeMethod.entropy(), RangeMethod.meanSquare()}) {
      try (Quantized quantized = Quantizer.of(network, weights).method(method).quantize(train);
          Model int8 = network.compile(quantized.weights(), Quantized.allInBytes(options))) {
        Agreement agreement = reference.agreement(int8);
        assertEquals(published, agreement.referenceAccuracy(), 0.0011);
        assertTrue(Math.abs(agreement.drop()) <= POINTS, method + ": " + agreement);
        assertTrue(agreement.top1() > 0.98, method + ": " + agreement);
      }
    }
  }

  private static Network leNet() {
    Graph graph = new Graph("lenet");
    Node x = graph.input(1, 28, 28).convolution("conv1", Convolution.of(6, 5)).maxPool("pool1", Pool.of(2)).relu("relu1");
    x = x.convolution("conv2", Convolution.of(16, 5)).maxPool("pool2", Pool.of(2)).relu("relu2");
    x = x.dense("fc1", Dense.of(120)).relu("relu3").dense("fc2", Dense.of(84)).relu("relu4");
    graph.head("main", x.dense("fc3", Dense.of(10)), null);
    return graph.build("test");
  }

  /** He and others' for CIFAR-10. Shortcuts that change the shape take every other cell and add channels of zeros, as a 1x1 convolution. */
  private static Network resNet20() {
    Graph graph = new Graph("resnet20");
    Node x = graph.input(3, 32, 32).convolution("conv1", Convolution.of(16, 3).padding(1).noBias()).batchNorm("bn1", BatchNorm.torch(1e-5)).relu("relu1");
    for (int stage = 1; stage <= 3; stage++) {
      for (int block = 0; block < 3; block++) {
        x = block(x, "layer" + stage + "." + block, 8 << stage, stage > 1 && block == 0);
      }
    }
    graph.head("main", x.globalAveragePool("pool").dense("linear", Dense.of(10)), null);
    return graph.build("test");
  }

  private static Node block(Node in, String name, int channels, boolean shrinking) {
    Convolution three = Convolution.of(channels, 3).padding(1).noBias();
    Node x = in.convolution(name + ".conv1", three.stride(shrinking ? 2 : 1)).batchNorm(name + ".bn1", BatchNorm.torch(1e-5)).relu(name + ".relu1");
    x = x.convolution(name + ".conv2", three).batchNorm(name + ".bn2", BatchNorm.torch(1e-5));
    Node shortcut = shrinking ? in.convolution(name + ".shortcut", Convolution.of(channels, 1).stride(2).noBias()) : in;
    return x.add(name + ".sum", shortcut).relu(name);
  }

  private static Weights withShortcuts(Weights trained) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    trained.names().forEach(name -> tensors.put(name, trained.get(name)));
    for (int stage = 2; stage <= 3; stage++) {
      int channels = 8 << stage;
      float[] weight = new float[channels * channels / 2];
      for (int c = 0; c < channels / 2; c++) {
        weight[(channels / 4 + c) * (channels / 2) + c] = 1;
      }
      tensors.put("layer" + stage + ".0.shortcut.weight", Tensor.of(weight, channels, channels / 2, 1, 1));
    }
    return Weights.of(tensors);
  }
}
