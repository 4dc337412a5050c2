package org.quintet.models;

import static org.quintet.models.VariantInfo.variant;

import java.util.List;
import java.util.Map;
import org.quintet.BatchNorm;
import org.quintet.Convolution;
import org.quintet.Graph;
import org.quintet.Node;
import org.quintet.Pool;
import org.quintet.pictures.Transform;

/**
 * GoogLeNet (Szegedy et al., 2014). The nine modules are nine rows of numbers; a variant is its names, its units, its pooling.
 * Shapes in comments are C,H,W for a 224 x 224 picture.
 */
public final class GoogLeNet {
  /** torchvision's published weights want levels from -1 to 1, which is what its {@code transform_input} makes of ImageNet's. */
  private static final Transform INCEPTION =
      Transform.imagenetRgb().levels(255, new double[] {.5, .5, .5}, new double[] {.5, .5, .5});

  static final ModelInfo INFO = new ModelInfo("googlenet", "GoogLeNet (Inception v1)", GoogLeNet::compose, List.of(
      variant(Variant.ARTICLE, "three heads, pooling after its projection").auxiliary(),
      variant(Variant.PAPER, "Caffe's bvlc_googlenet: local response normalization, ceil pooling").transform(Transform.caffeBgr()),
      variant(Variant.TORCHVISION, "torchvision's: batch norm, a 3x3 where the paper has 5x5").transform(INCEPTION)));

  /**
   * Filters of a module's branches: 1x1; 3x3 and the 1x1 before it; 5x5 and the 1x1 before it; the 1x1 beside the pooling.
   *
   * @param pool number of the 3x3/2 pooling behind the module, 0 for none
   * @param head number of the auxiliary head that reads the module, 0 for none
   */
  private record Module(String name, int one, int reduce3, int three, int reduce5, int five, int projection, int pool, int head) {}

  private static final List<Module> MODULES = List.of(
      new Module("3a", 64, 96, 128, 16, 32, 32, 0, 0),         // 256, 28, 28
      new Module("3b", 128, 128, 192, 32, 96, 64, 3, 0),       // 480, 28, 28
      new Module("4a", 192, 96, 208, 16, 48, 64, 0, 1),        // 512, 14, 14
      new Module("4b", 160, 112, 224, 24, 64, 64, 0, 0),       // 512, 14, 14
      new Module("4c", 128, 128, 256, 24, 64, 64, 0, 0),       // 512, 14, 14
      new Module("4d", 112, 144, 288, 32, 64, 64, 0, 2),       // 528, 14, 14
      new Module("4e", 256, 160, 320, 32, 128, 128, 4, 0),     // 832, 14, 14
      new Module("5a", 256, 160, 320, 32, 128, 128, 0, 0),     // 832, 7, 7
      new Module("5b", 384, 192, 384, 48, 128, 128, 0, 0));    // 1024, 7, 7

  private enum Tradition { KERAS, CAFFE, TORCH }

  /**
   * What the variants disagree on, beside names.
   *
   * @param tradition units, pooling between stages, normalization, auxiliary pooling
   * @param five kernel of the "5x5" branch
   * @param dropout rate before the main answer
   */
  private record Style(GoogLeNetNames names, Tradition tradition, int five, double dropout) {
    /** Convolution that keeps H and W (or halves them), with its ReLU, and batch norm in place of a bias in torchvision's. */
    Node unit(Node x, String name, int filters, int kernel, int stride) {
      Convolution c = Convolution.of(filters, kernel).stride(stride);
      c = tradition == Tradition.KERAS && stride > 1 ? c.same() : c.padding(kernel / 2);
      return tradition == Tradition.TORCH
          ? new NormalizedUnit(name + ".conv", name + ".bn", name).activated(x, c.noBias(), BatchNorm.torch(1e-3))
          : Unit.whole(name).convolution(x, c);
    }

    Node unit(Node x, String name, int filters, int kernel) {
      return unit(x, name, filters, kernel, 1);
    }

    /** The pooling between stages, which halves H and W. */
    Node pool(Node x, int number) {
      String name = names.trunk.pool(number);
      return switch (tradition) {
        case KERAS -> x.zeroPad("pad" + number, 1, 1, 1, 1).maxPool(name, Pool.of(3).stride(2));
        case CAFFE -> x.maxPool(name, Pool.of(3).stride(2).ceil());
        case TORCH -> x.maxPool(name, Pool.of(number == 4 ? 2 : 3).stride(2).ceil());
      };
    }

    Node normalize(Node x, String name) {
      return tradition == Tradition.CAFFE ? x.lrn(name, 5, 1e-4, 0.75, 1) : x;
    }

    /** The maps' means: 1024 features. The article pools once more before. */
    Node summary(Node x) {
      String name = names.trunk.globalPool();
      return switch (tradition) {
        case KERAS -> pool(x, 5).globalAveragePool(name);
        case CAFFE -> x.adaptiveAveragePool(name, 1, 1).flatten("flat");
        case TORCH -> x.globalAveragePool(name);
      };
    }

    Node auxiliaryPool(Node x, String name) {
      return switch (tradition) {
        case KERAS -> x.averagePool(name, Pool.of(5).stride(3));
        case CAFFE -> x.averagePool(name, Pool.of(5).stride(3).ceil());
        case TORCH -> x.adaptiveAveragePool(name, 4, 4);
      };
    }

    /** The article prints 48 filters in 4d where the paper has 64. */
    int fiveFilters(Module m) {
      return tradition == Tradition.KERAS && m.name.equals("4d") ? 48 : m.five;
    }
  }

  private static final Map<Variant, Style> STYLES = Map.of(
      Variant.ARTICLE, new Style(GoogLeNetNames.ARTICLE, Tradition.KERAS, 5, 0.4),
      Variant.PAPER, new Style(GoogLeNetNames.CAFFE, Tradition.CAFFE, 5, 0.4),
      Variant.TORCHVISION, new Style(GoogLeNetNames.TORCHVISION, Tradition.TORCH, 3, 0.2));

  private GoogLeNet() {}

  /** GoogLeNet in its default variant, as the article prints it. */
  public static ModelBuilder googlenet() {
    return INFO.builder();
  }

  private static void compose(Graph graph, Node picture, Composition.Choices choices) {
    Style style = STYLES.get(choices.variant());
    GoogLeNetNames.Trunk trunk = style.names.trunk;
    Node[] sources = new Node[2];
    Node x = stem(picture, style, trunk);                                                     // 192, 28, 28
    for (Module m : MODULES) {
      x = inception(x, style, m);
      if (m.head > 0) {
        sources[m.head - 1] = x;
      }
      x = m.pool > 0 ? style.pool(x, m.pool) : x;
    }
    trunk.answer().head(graph, style.summary(x).dropout(trunk.dropout(), style.dropout), choices.classes());
    for (int i = 0; choices.auxiliaryHeads() && i < sources.length; i++) {
      auxiliary(graph, sources[i], style, style.names.auxiliary(i + 1), choices.classes());
    }
  }

  private static Node stem(Node x, Style style, GoogLeNetNames.Trunk trunk) {
    x = style.pool(style.unit(x, trunk.conv1(), 64, 7, 2), 1);                                // 64, 56, 56
    x = style.unit(style.normalize(x, "pool1/norm1"), trunk.reduce2(), 64, 1);
    x = style.unit(x, trunk.conv2(), 192, 3);
    return style.pool(style.normalize(x, "conv2/norm2"), 2);
  }

  private static Node inception(Node x, Style style, Module m) {
    GoogLeNetNames.Branches names = style.names.branches;
    String module = names.prefix() + m.name;
    Node one = style.unit(x, module + names.one(), m.one, 1);
    Node three = style.unit(style.unit(x, module + names.reduce3(), m.reduce3, 1), module + names.three(), m.three, 3);
    Node reduced = style.unit(x, module + names.reduce5(), m.reduce5, 1);
    Node five = style.unit(reduced, module + names.five(), style.fiveFilters(m), style.five);
    Node pooled = pooled(x, style, m, module);
    return one.concat(module + names.merged(), three, five, pooled);
  }

  /** The pooling branch: the paper projects what was pooled, the article pools what was projected. */
  private static Node pooled(Node x, Style style, Module m, String module) {
    Pool pool = Pool.of(3).stride(1).padding(1);
    String name = module + style.names.branches.pool();
    String projection = module + style.names.branches.projection();
    return style.tradition == Tradition.KERAS
        ? style.unit(x, projection, m.projection, 1).maxPool(name, pool)
        : style.unit(x.maxPool(name, pool), projection, m.projection, 1);
  }

  private static void auxiliary(Graph graph, Node x, Style style, GoogLeNetNames.Auxiliary names, int classes) {
    x = style.unit(style.auxiliaryPool(x, names.pool()), names.convolution(), 128, 1);
    x = names.dense().dense(x.flatten(names.flat()), 1024).dropout(names.dropout(), 0.7);
    names.answer().head(graph, x, classes);
  }
}
