package org.quintet.models;

import static org.quintet.models.ResNet.Block.BASIC;
import static org.quintet.models.ResNet.Block.BOTTLENECK;
import static org.quintet.models.VariantInfo.variant;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.quintet.BatchNorm;
import org.quintet.Convolution;
import org.quintet.Graph;
import org.quintet.Node;
import org.quintet.Pool;
import org.quintet.pictures.ChannelOrder;
import org.quintet.pictures.Transform;

/**
 * ResNet-18 to 152 (He et al., 2015). A depth is a row of numbers, a variant is where the stride sits and which activations,
 * biases and edges a block has. Shapes in comments are C,H,W for a 224 x 224 picture.
 */
public final class ResNet {
  /** keras.applications: the whole picture, B, G, R minus ImageNet's mean. */
  private static final Transform KERAS = Transform.stretch(224, 224)
      .order(ChannelOrder.BGR)
      .levels(1, new double[] {103.939, 116.779, 123.68}, new double[] {1, 1, 1});

  enum Block { BASIC, BOTTLENECK }

  private record Depth(int layers, Block block, int... repeats) {}

  static final List<ModelInfo> INFOS = List.of(
      info(new Depth(18, BASIC, 2, 2, 2, 2)),
      info(new Depth(34, BASIC, 3, 4, 6, 3)),
      info(new Depth(50, BOTTLENECK, 3, 4, 6, 3)),
      info(new Depth(101, BOTTLENECK, 3, 4, 23, 3)),
      info(new Depth(152, BOTTLENECK, 3, 8, 36, 3)));

  /** Which unit of a bottleneck halves H and W. */
  private enum Stride { IN_FIRST_1X1, IN_3X3 }

  /** Where ReLUs stand: as the paper has it, or at the end of both branches and after the addition in basic blocks only. */
  private enum Relu { AFTER_ADDITION, IN_EVERY_BRANCH }

  private record Style(ResNetNames names, boolean kerasEdges, boolean bias, BatchNorm norm, Stride stride, Relu relu) {
    Convolution convolution(int filters, int kernel, int stride) {
      Convolution c = Convolution.of(filters, kernel).stride(stride);
      c = kerasEdges && kernel > 1 ? c.same() : c.padding(kernel / 2);
      return bias ? c : c.noBias();
    }

    Pool pool() {
      Pool p = Pool.of(3).stride(2);
      return kerasEdges ? p.same() : p.padding(1);
    }

    Node unit(NormalizedUnit names, Node x, int filters, int kernel, int stride, boolean relu) {
      Convolution shape = convolution(filters, kernel, stride);
      return relu ? names.activated(x, shape, norm) : names.linear(x, shape, norm);
    }

    boolean reluInBranch() {
      return relu == Relu.IN_EVERY_BRANCH;
    }

    boolean reluAfterAddition(Block block) {
      return relu == Relu.AFTER_ADDITION || block == BASIC;
    }
  }

  private static final Map<Variant, Style> STYLES = Map.of(
      Variant.ARTICLE, new Style(
          ResNetNames.ARTICLE, true, true, BatchNorm.keras(1e-3), Stride.IN_FIRST_1X1, Relu.IN_EVERY_BRANCH),
      Variant.TORCHVISION, new Style(
          ResNetNames.TORCHVISION, false, false, BatchNorm.torch(1e-5), Stride.IN_3X3, Relu.AFTER_ADDITION),
      Variant.PAPER, new Style(
          ResNetNames.TORCHVISION, false, false, BatchNorm.torch(1e-5), Stride.IN_FIRST_1X1, Relu.AFTER_ADDITION),
      Variant.KERAS, new Style(
          ResNetNames.KERAS, false, true, BatchNorm.keras(1.001e-5), Stride.IN_FIRST_1X1, Relu.AFTER_ADDITION));

  private ResNet() {}

  /** ResNet-18 in its default variant, as the article prints it. */
  public static ModelBuilder resnet18() {
    return INFOS.get(0).builder();
  }

  /** ResNet-34 in its default variant, as the article prints it. */
  public static ModelBuilder resnet34() {
    return INFOS.get(1).builder();
  }

  /** ResNet-50 in its default variant, as the article prints it. */
  public static ModelBuilder resnet50() {
    return INFOS.get(2).builder();
  }

  /** ResNet-101 in its default variant, as the article prints it. */
  public static ModelBuilder resnet101() {
    return INFOS.get(3).builder();
  }

  /** ResNet-152 in its default variant, as the article prints it. */
  public static ModelBuilder resnet152() {
    return INFOS.get(4).builder();
  }

  private static ModelInfo info(Depth depth) {
    boolean basic = depth.block == BASIC;
    String article = basic ? "ReLU in every branch and after the addition" : "ReLU in every branch, none after the addition";
    String torchvision = basic ? "torchvision's" : "torchvision's (v1.5): stride in the 3x3";
    List<VariantInfo> variants = new ArrayList<>(List.of(
        variant(Variant.ARTICLE, article), variant(Variant.TORCHVISION, torchvision)));
    if (!basic) {
      variants.add(variant(Variant.PAPER, "v1: stride in the first 1x1, torchvision's names").transform(Transform.caffeBgr()));
      variants.add(variant(Variant.KERAS, "keras.applications: v1 with biases").transform(KERAS));
    }
    String name = "resnet" + depth.layers;
    return new ModelInfo(name, "ResNet-" + depth.layers, (g, x, choices) -> compose(g, x, choices, depth), variants);
  }

  private static void compose(Graph graph, Node picture, Composition.Choices choices, Depth depth) {
    Style style = STYLES.get(choices.variant());
    ResNetNames names = style.names;
    Node x = style.unit(names.stem(), picture, 64, 7, 2, true).maxPool(names.stemPool, style.pool());       // 64, 56, 56
    for (int stage = 0; stage < 4; stage++) {
      int width = 64 << stage;                                                                              // 64 .. 512
      for (int i = 0; i < depth.repeats[stage]; i++) {
        int stride = i == 0 && stage > 0 ? 2 : 1;                                                           // halves H and W
        x = residual(x, style, depth.block, names.block(stage, i), width, stride);
      }
    }
    names.answer.head(graph, x.globalAveragePool(names.globalPool), choices.classes());
  }

  private static Node residual(Node x, Style style, Block block, String name, int width, int stride) {
    ResNetNames names = style.names;
    int out = block == BASIC ? width : 4 * width;
    Node branch = block == BASIC ? basic(x, style, name, width, stride) : bottleneck(x, style, name, width, stride);
    Node shortcut = x.channels() == out && stride == 1
        ? x
        : style.unit(names.shortcut(name), x, out, 1, stride, style.reluInBranch());
    Node sum = branch.add(names.sum(name), shortcut);
    return style.reluAfterAddition(block) ? sum.relu(names.output(name)) : sum;
  }

  private static Node basic(Node x, Style style, String name, int width, int stride) {
    x = style.unit(style.names.unit(name, 1), x, width, 3, stride, true);
    return style.unit(style.names.unit(name, 2), x, width, 3, 1, style.reluInBranch());
  }

  private static Node bottleneck(Node x, Style style, String name, int width, int stride) {
    int first = style.stride == Stride.IN_FIRST_1X1 ? stride : 1;
    x = style.unit(style.names.unit(name, 1), x, width, 1, first, true);
    x = style.unit(style.names.unit(name, 2), x, width, 3, stride / first, true);
    return style.unit(style.names.unit(name, 3), x, 4 * width, 1, 1, style.reluInBranch());
  }
}
