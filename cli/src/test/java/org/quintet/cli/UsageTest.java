package org.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked for in a wrong way is answered with one line and status 2. */
class UsageTest {
  @Test
  void noCommandOrAnUnknownOneListsTheCommandsThereAre() {
    Outcome.of().assertError(2, "no command", "models, summary, classify, run, bench");
    Outcome.of("paint").assertError(2, "no command paint", "models, summary, classify, run, bench");
  }

  @Test
  void anUnknownModelListsTheModelsThereAre() {
    Outcome.of("summary", "lenet6").assertError(2, "lenet6", "lenet5, alexnet, vgg16, vgg19, googlenet, resnet18");
  }

  @Test
  void anUnknownVariantListsTheVariantsOfTheModel() {
    Outcome.of("summary", "vgg16", "--variant", "caffe").assertError(2, "caffe", "article");
    Outcome.of("summary", "vgg16", "--variant", "keras").assertError(2, "keras", "article, paper, torchvision");
  }

  @Test
  void anUnknownPrecisionListsThoseThereAre() {
    Outcome.of("bench", "lenet5", "--precision", "sloppy").assertError(2, "sloppy", "exact");
  }

  @Test
  void aPrecisionMayBeWrittenInAnyCase() {
    assertEquals("exact", Outcome.of("info", "--json", "--precision", "EXACT").json().get("precision"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"224", "224,224", "0,224,3", "a,b,c", "224x224x3", "99999999999,1,1", "-1,2,3"})
  void aShapeThatIsNoneSaysHowOneIsWritten(String shape) {
    Outcome.of("summary", "resnet18", "--input-shape", shape).assertError(2, shape, "height");
  }

  @Test
  void numbersBelowTheirLeastAreRefused() {
    Outcome.of("summary", "lenet5", "--classes", 0).assertError(2, "--classes is 0");
    Outcome.of("bench", "lenet5", "--batch", 0).assertError(2, "--batch is 0");
    Outcome.of("bench", "lenet5", "--lanes", -1).assertError(2, "--lanes is -1");
    Outcome.of("bench", "lenet5", "--threads", 0).assertError(2, "--threads is 0");
    Outcome.of("bench", "lenet5", "--seconds", "NaN").assertError(2, "--seconds is NaN");
    Outcome.of("bench", "lenet5", "--batch", "many").assertError(2, "many");
  }

  @Test
  void anUnknownOptionIsNamed() {
    Outcome.of("models", "--jsn").assertError(2, "--jsn", "quintet models --help");
  }

  @Test
  void helpIsNoError() {
    Outcome help = Outcome.of("run", "--help");
    assertEquals(0, help.status());
    assertTrue(help.out().contains("--input"), help.out());
    assertFalse(Outcome.of("--help").out().contains("rehearse"));
  }

  @Test
  void theVersionIsPrinted() {
    Outcome version = Outcome.of("--version");
    assertEquals(0, version.status());
    assertTrue(version.out().matches("quintet \\d+\\.\\d+\\.\\d+.*\\s"), version.out());
  }
}
