package org.quintet.models;

import static org.quintet.models.Unit.answer;
import static org.quintet.models.Unit.pair;
import static org.quintet.models.Unit.whole;
import static org.quintet.models.VariantInfo.variant;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.quintet.Convolution;
import org.quintet.Graph;
import org.quintet.Node;
import org.quintet.Pool;
import org.quintet.pictures.Transform;

/**
 * VGG-16 and VGG-19 (Simonyan and Zisserman, 2014). A depth is a row of numbers, a variant is its names and what precedes the
 * dense layers.
 */
public final class Vgg {
  static final ModelInfo VGG16 = info("vgg16", 2, 2, 3, 3, 3);
  static final ModelInfo VGG19 = info("vgg19", 2, 2, 4, 4, 4);

  /** Maps of the convolutions in each of the five blocks; every block ends in pooling that halves H and W. */
  private static final int[] WIDTHS = {64, 128, 256, 512, 512};

  /** Whether layers are numbered through as in torchvision, how the last maps become features, the dense layers. */
  private record Style(boolean numbered, UnaryOperator<Node> summary, DenseTail tail) {}

  private static final DenseTail ARTICLE_TAIL = DenseTail.of(
      List.of(new DenseTail.Hidden(whole("dense1"), null), new DenseTail.Hidden(whole("dense2"), null)),
      answer("preds"));

  private static final DenseTail NUMBERED_TAIL = DenseTail.of(
      List.of(
          new DenseTail.Hidden(pair("classifier.0", "classifier.1"), "classifier.2"),
          new DenseTail.Hidden(pair("classifier.3", "classifier.4"), "classifier.5")),
      pair("classifier.6", "softmax"));

  private static final Map<Variant, Style> STYLES = Map.of(
      Variant.ARTICLE, new Style(false, x -> x.globalAveragePool("flattened"), ARTICLE_TAIL),
      Variant.PAPER, new Style(true, UnaryOperator.identity(), NUMBERED_TAIL),
      Variant.TORCHVISION, new Style(true, x -> x.adaptiveAveragePool("avgpool", 7, 7), NUMBERED_TAIL));

  private Vgg() {}

  /** VGG-16 in its default variant, as the article prints it. */
  public static ModelBuilder vgg16() {
    return VGG16.builder();
  }

  /** VGG-19 in its default variant, as the article prints it. */
  public static ModelBuilder vgg19() {
    return VGG19.builder();
  }

  private static ModelInfo info(String name, int... repeats) {
    return new ModelInfo(name, name.replace("vgg", "VGG-"), (g, x, choices) -> compose(g, x, choices, repeats), List.of(
        variant(Variant.ARTICLE, "global average pooling before the dense layers").size(227, 227),
        variant(Variant.PAPER, "dense layers over all 7 x 7 cells").transform(Transform.caffeBgr()),
        variant(Variant.TORCHVISION, "torchvision's, any size")));
  }

  private static void compose(Graph graph, Node picture, Composition.Choices choices, int[] repeats) {
    Style style = STYLES.get(choices.variant());
    Node maps = features(picture, repeats, style.numbered);
    style.tail.compose(graph, style.summary.apply(maps), choices.classes());
  }

  private static Node features(Node x, int[] repeats, boolean numbered) {
    int index = 0;   // torchvision counts convolution, ReLU and pooling as one each
    for (int block = 1; block <= WIDTHS.length; block++) {
      for (int i = 1; i <= repeats[block - 1]; i++, index += 2) {
        Unit unit = numbered ? pair("features." + index, "features." + (index + 1)) : whole("block" + block + ".conv" + i);
        x = unit.convolution(x, Convolution.of(WIDTHS[block - 1], 3).padding(1));
      }
      x = x.maxPool(numbered ? "features." + index++ : "pool" + block, Pool.of(2));
    }
    return x;
  }
}
