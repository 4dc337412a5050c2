package org.quintet.models;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.quintet.ArgumentException;
import org.quintet.Network;
import org.quintet.ShapeException;

class ModelsTest {
  static Stream<Arguments> everyVariant() {
    return Models.all().stream().flatMap(m -> m.variants().stream().map(v -> Arguments.of(m.name(), v.variant())));
  }

  @Test
  void namesAllTenNetworks() {
    assertEquals(
        List.of("lenet5", "alexnet", "vgg16", "vgg19", "googlenet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
        Models.names());
  }

  @ParameterizedTest
  @CsvSource({
    "lenet5,    article,     1631080,   1631080",
    "lenet5,    classic,     61750,     61750",
    "alexnet,   article,     61050856,  61050856",
    "alexnet,   torchvision, 61100840,  61100840",
    "alexnet,   paper,       60965224,  60965224",
    "vgg16,     article,     37694248,  37694248",
    "vgg16,     paper,       138357544, 138357544",
    "vgg16,     torchvision, 138357544, 138357544",
    "vgg19,     article,     43003944,  43003944",
    "vgg19,     paper,       143667240, 143667240",
    "vgg19,     torchvision, 143667240, 143667240",
    "googlenet, article,     13354200,  13354200",
    "googlenet, paper,       6998552,   6998552",
    "googlenet, torchvision, 6624904,   6639464",
    "resnet18,  torchvision, 11689512,  11699112",
    "resnet34,  torchvision, 21797672,  21814696",
    "resnet50,  torchvision, 25557032,  25610152",
    "resnet50,  paper,       25557032,  25610152",
    "resnet50,  keras,       25583592,  25636712",
    "resnet101, torchvision, 44549160,  44654504",
    "resnet101, paper,       44549160,  44654504",
    "resnet152, torchvision, 60192808,  60344232",
    "resnet152, paper,       60192808,  60344232",
  })
  void hasAsManyParametersAsPublished(String model, String variant, long trainable, long total) {
    Network network = Models.builder(model).variant(variant).build();
    assertAll(
        () -> assertEquals(trainable, network.trainableParameters()),
        () -> assertEquals(total, network.totalParameters()));
  }

  @Test
  void countsAuxiliaryHeadsOnlyWhereTheyAreWanted() {
    Network article = GoogLeNet.googlenet().auxiliaryHeads(false).build();
    Network paper = GoogLeNet.googlenet().variant(Variant.PAPER).auxiliaryHeads(true).build();
    Network torchvision = GoogLeNet.googlenet().variant(Variant.TORCHVISION).auxiliaryHeads(true).build();
    assertAll(
        () -> assertEquals(6_976_520, article.totalParameters()),
        () -> assertEquals(1, article.heads().size()),
        () -> assertEquals(13_378_280, paper.totalParameters()),
        () -> assertEquals(3, paper.heads().size()),
        () -> assertEquals(13_004_888, torchvision.trainableParameters()));
  }

  @ParameterizedTest
  @MethodSource("everyVariant")
  void buildsEveryVariantInItsDefaultShape(String model, Variant variant) {
    VariantInfo info = Models.info(model).variant(variant);
    Network network = Models.builder(model).variant(variant).build();
    assertAll(
        () -> assertEquals(model, network.name()),
        () -> assertEquals(variant.label(), network.variant()),
        () -> assertArrayEquals(new long[] {info.channels(), info.height(), info.width()}, network.inputShape()),
        () -> assertEquals(info.classes(), info.labels().size()),
        () -> assertTrue(network.macs() > 0));
  }

  @ParameterizedTest
  @MethodSource("everyVariant")
  void heedsClassesAndInputShapeInEveryVariant(String model, Variant variant) {
    Network network = Models.builder(model).variant(variant).classes(7).inputShape(101, 123, 4).build();
    assertArrayEquals(new long[] {4, 101, 123}, network.inputShape());
    for (Network.Head head : network.heads()) {
      Network.Layer answer = network.layers().stream().filter(l -> l.name().equals(head.name())).findFirst().orElseThrow();
      assertArrayEquals(new long[] {7}, answer.outputShape(), head.name());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lenet5,    article,     3,  40",
    "lenet5,    classic,     40, 15",
    "alexnet,   article,     50, 50",
    "alexnet,   torchvision, 30, 224",
    "alexnet,   paper,       10, 11",
    "vgg16,     article,     31, 224",
    "vgg19,     torchvision, 224, 31",
    "googlenet, article,     48, 224",
  })
  void reportsAPictureThatIsTooSmallAsAShapeThatDoesNotFit(String model, String variant, int height, int width) {
    ModelBuilder builder = Models.builder(model).variant(variant).inputShape(height, width, 3);
    assertThrows(ShapeException.class, builder::build);
  }

  @Test
  void namesWhatExistsWhenAskedForWhatDoesNot() {
    assertAll(
        () -> assertMessage("resnet50", () -> Models.builder("resnet51")),
        () -> assertMessage("torchvision", () -> Models.builder("vgg16").variant("tensorflow")),
        () -> assertMessage("article, torchvision", () -> Models.builder("resnet18").variant(Variant.KERAS)),
        () -> assertMessage("classes", () -> Models.builder("vgg16").classes(0)),
        () -> assertMessage("width", () -> Models.builder("vgg16").inputShape(3, -1, 3)));
  }

  @Test
  void findsVariantsInAnyCase() {
    assertEquals(Variant.TORCHVISION, Variant.of("TorchVision"));
  }

  private static void assertMessage(String part, Executable wrong) {
    String message = assertThrows(ArgumentException.class, wrong).getMessage();
    assertTrue(message.contains(part), message);
  }
}
