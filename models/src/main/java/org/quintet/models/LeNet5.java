package org.quintet.models;

import static org.quintet.models.VariantInfo.variant;

import java.util.List;
import org.quintet.Convolution;
import org.quintet.Dense;
import org.quintet.Graph;
import org.quintet.Node;
import org.quintet.Pool;
import org.quintet.pictures.Transform;

/** LeNet-5 (LeCun et al., 1998). Shapes in comments are C,H,W for a 32 x 32 picture. */
public final class LeNet5 {
  /** MNIST's digits with a margin of 2, as LeCun's 32 x 32. */
  private static final Transform MNIST = Transform.mnist().padded(2);

  static final ModelInfo INFO = new ModelInfo("lenet5", "LeNet-5, handwritten digits", LeNet5::compose, List.of(
      variant(Variant.ARTICLE, "ReLU and max pooling, 20/50 maps, 500 units").digits().transform(MNIST),
      variant(Variant.CLASSIC, "6/16/120 maps, trainable sub-sampling, sigmoid and tanh").digits().transform(MNIST)));

  private LeNet5() {}

  /** LeNet-5 in its default variant, as the article prints it. */
  public static ModelBuilder lenet5() {
    return INFO.builder();
  }

  private static void compose(Graph graph, Node picture, Composition.Choices choices) {
    if (choices.variant() == Variant.CLASSIC) {
      Unit.pair("out", "out.softmax").head(graph, classic(picture), choices.classes());
    } else {
      Unit.answer("preds").head(graph, article(picture), choices.classes());
    }
  }

  private static Node article(Node x) {
    x = Unit.whole("conv1").convolution(x, Convolution.of(20, 5).same()).maxPool("pool1", Pool.of(2));      // 20, 16, 16
    x = Unit.whole("conv2").convolution(x, Convolution.of(50, 5).same()).maxPool("pool2", Pool.of(2));      // 50, 8, 8
    return Unit.whole("dense1").dense(x.flatten("flatten"), 500);
  }

  private static Node classic(Node x) {
    x = subsample(x.convolution("c1", Convolution.of(6, 5)), "s2");                                         // 6, 14, 14
    x = subsample(x.convolution("c3", Convolution.of(16, 5)), "s4");                                        // 16, 5, 5
    x = x.convolution("c5", Convolution.of(120, 5)).tanh("c5.tanh");                                        // 120, 1, 1
    return x.dense("f6", Dense.of(84)).tanh("f6.tanh");
  }

  /** Sum of 2 x 2 cells, times a coefficient and plus a bias for each map, then a sigmoid. */
  private static Node subsample(Node x, String name) {
    Node sum = x.layer(name).sumPool(name + ".sum", Pool.of(2));
    return sum.layer(name).scaleShift(name + ".linear").layer(name).sigmoid(name);
  }
}
