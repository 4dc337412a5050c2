package org.quintet.models;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quintet.ArgumentException;
import org.quintet.FormatException;
import org.quintet.testing.Shared;

class LabelsTest {
  @TempDir Path folder;

  @Test
  void knowsTheDigits() {
    assertEquals(List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"), names(Labels.digits()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"imagenet_classes.txt", "synset_words.txt", "imagenet_class_index.json"})
  void knowsImageNetsClassesInTheOrderOfEveryPublishedList(String file) {
    Labels published = Labels.read(Shared.path("data/" + file));
    List<String> firstNames = names(published).stream().map(n -> n.replaceFirst(",.*", "")).toList();
    assertEquals(String.join("\n", firstNames), String.join("\n", names(Labels.imagenet())));
  }

  @Test
  void readsOneNameALineWhateverTheLineEndsAreAndEvenBehindAByteOrderMark() throws IOException {
    assertEquals(List.of("cat", "dog, hound"), names(Labels.read(file("\ufeffcat\r\ndog, hound\r\n\r\n"))));
  }

  @Test
  void leavesOutTheIdentifiersOfSynsetWords() throws IOException {
    assertEquals(
        List.of("tench, Tinca tinca", "goldfish, Carassius auratus"),
        names(Labels.read(file("n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n"))));
  }

  @Test
  void readsKerasClassIndexInAnyOrder() throws IOException {
    assertEquals(
        List.of("tench", "great white shark"),
        names(Labels.read(file("{\"1\": [\"n01484850\", \"great_white_shark\"], \"0\": [\"n01440764\", \"tench\"]}"))));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "''                            | empty",
    "{}                            | no labels",
    "{\"0\": [\"a\", \"b\"         | JSON",
    "{\"0\": \"b\"}                | identifier",
    "{\"0\": [\"a\", [\"b\"]]}     | identifier",
    "{\"x\": [\"a\", \"b\"]}       | not an index",
    "{\"1\": [\"a\", \"b\"]}       | none for index 0",
    "{\"0\":[\"a\"], \"0\":[\"b\"]} | twice",
  })
  void saysWhatIsWrongWithAFile(String content, String message) throws IOException {
    Path file = file(content);
    String found = assertThrows(FormatException.class, () -> Labels.read(file)).getMessage();
    assertTrue(found.contains(message) && found.contains(file.toString()), found);
  }

  @Test
  void refusesFilesThatAreNoTextAreMissingOrLeaveALineBlank() throws IOException {
    Path binary = folder.resolve("binary");
    Files.write(binary, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
    Path blank = file("cat\n\ndog\n");
    assertAll(
        () -> assertThrows(FormatException.class, () -> Labels.read(binary)),
        () -> assertThrows(FormatException.class, () -> Labels.read(blank)),
        () -> assertThrows(FormatException.class, () -> Labels.read(folder)),
        () -> assertThrows(FormatException.class, () -> Labels.read(folder.resolve("nothing"))));
  }

  @Test
  void refusesAnIndexThatHasNoName() {
    assertAll(
        () -> assertThrows(ArgumentException.class, () -> Labels.digits().get(10)),
        () -> assertThrows(ArgumentException.class, () -> Labels.digits().get(-1)));
  }

  private Path file(String content) throws IOException {
    Path file = folder.resolve("labels");
    Files.write(file, content.getBytes(StandardCharsets.UTF_8));
    return file;
  }

  private static List<String> names(Labels labels) {
    return IntStream.range(0, labels.size()).mapToObj(labels::get).toList();
  }
}
