package org.quintet.models;

import static org.quintet.models.Unit.answer;
import static org.quintet.models.Unit.pair;
import static org.quintet.models.Unit.whole;
import static org.quintet.models.VariantInfo.variant;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.quintet.Convolution;
import org.quintet.Graph;
import org.quintet.Node;
import org.quintet.Pool;
import org.quintet.pictures.Transform;

/** AlexNet (Krizhevsky et al., 2012). A variant is a table of convolutions and what stands between them and the dense layers. */
public final class AlexNet {
  static final ModelInfo INFO = new ModelInfo("alexnet", "AlexNet", AlexNet::compose, List.of(
      variant(Variant.ARTICLE, "four convolutions, no normalization").size(227, 227),
      variant(Variant.TORCHVISION, "torchvision's, any size"),
      variant(Variant.PAPER, "Caffe's bvlc_alexnet: groups and local response normalization").transform(Transform.caffeBgr227())));

  /** One convolution with its ReLU, and the names of the normalization and the 3x3/2 pooling behind it, if any. */
  private record Stage(Unit unit, Convolution convolution, @Nullable String norm, @Nullable String pool) {
    static Stage of(Unit unit, Convolution convolution) {
      return new Stage(unit, convolution, null, null);
    }

    Stage norm(String name) {
      return new Stage(unit, convolution, name, pool);
    }

    Stage pool(String name) {
      return new Stage(unit, convolution, norm, name);
    }
  }

  private record Style(List<Stage> stages, Pool pool, UnaryOperator<Node> summary, DenseTail tail) {}

  private static final Pool OVERLAPPING = Pool.of(3).stride(2);

  private static final Map<Variant, Style> STYLES = Map.of(
      Variant.ARTICLE, new Style(
          List.of(
              Stage.of(whole("conv1"), Convolution.of(96, 11).stride(4)).pool("pool1"),                     // 96, 27, 27
              Stage.of(whole("conv2"), Convolution.of(256, 5).same()).pool("pool2"),                        // 256, 13, 13
              Stage.of(whole("conv3"), Convolution.of(384, 3).same()),
              Stage.of(whole("conv4"), Convolution.of(256, 3).same()).pool("pool3")),                       // 256, 6, 6
          OVERLAPPING,
          x -> x.flatten("flattened"),
          DenseTail.of(List.of(hidden("dense1", "drop1"), hidden("dense2", "drop2")), answer("preds"))),
      Variant.TORCHVISION, new Style(
          List.of(
              Stage.of(pair("features.0", "features.1"), Convolution.of(64, 11).stride(4).padding(2)).pool("features.2"),
              Stage.of(pair("features.3", "features.4"), Convolution.of(192, 5).padding(2)).pool("features.5"),
              Stage.of(pair("features.6", "features.7"), Convolution.of(384, 3).padding(1)),
              Stage.of(pair("features.8", "features.9"), Convolution.of(256, 3).padding(1)),
              Stage.of(pair("features.10", "features.11"), Convolution.of(256, 3).padding(1)).pool("features.12")),
          OVERLAPPING,
          x -> x.adaptiveAveragePool("avgpool", 6, 6),
          DenseTail.dropoutFirst(
              List.of(
                  new DenseTail.Hidden(pair("classifier.1", "classifier.2"), "classifier.0"),
                  new DenseTail.Hidden(pair("classifier.4", "classifier.5"), "classifier.3")),
              pair("classifier.6", "softmax"))),
      Variant.PAPER, new Style(
          List.of(
              Stage.of(pair("conv1", "relu1"), Convolution.of(96, 11).stride(4)).norm("norm1").pool("pool1"),
              Stage.of(pair("conv2", "relu2"), Convolution.of(256, 5).padding(2).groups(2)).norm("norm2").pool("pool2"),
              Stage.of(pair("conv3", "relu3"), Convolution.of(384, 3).padding(1)),
              Stage.of(pair("conv4", "relu4"), Convolution.of(384, 3).padding(1).groups(2)),
              Stage.of(pair("conv5", "relu5"), Convolution.of(256, 3).padding(1).groups(2)).pool("pool5")),
          OVERLAPPING.ceil(),
          UnaryOperator.identity(),
          DenseTail.of(
              List.of(
                  new DenseTail.Hidden(pair("fc6", "relu6"), "drop6"),
                  new DenseTail.Hidden(pair("fc7", "relu7"), "drop7")),
              pair("fc8", "prob"))));

  private AlexNet() {}

  /** AlexNet in its default variant, as the article prints it. */
  public static ModelBuilder alexnet() {
    return INFO.builder();
  }

  private static void compose(Graph graph, Node x, Composition.Choices choices) {
    Style style = STYLES.get(choices.variant());
    for (Stage stage : style.stages) {
      x = stage.unit.convolution(x, stage.convolution);
      x = stage.norm == null ? x : x.lrn(stage.norm, 5, 1e-4, 0.75, 1);
      x = stage.pool == null ? x : x.maxPool(stage.pool, style.pool);
    }
    style.tail.compose(graph, style.summary.apply(x), choices.classes());
  }

  private static DenseTail.Hidden hidden(String dense, String dropout) {
    return new DenseTail.Hidden(whole(dense), dropout);
  }
}
