package org.quintet.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.FormatException;
import org.quintet.pictures.Transform;

class PictureFolderTest {
  private static final Transform TRANSFORM = Transform.stretch(4, 4);

  @TempDir Path folder;

  @BeforeEach
  void makePictures() throws IOException {
    picture("dog/b.png", 0x102030);
    picture("dog/a.png", 0x405060);
    picture("cat/c.png", 0x708090);
    Files.writeString(folder.resolve("cat/.hidden"), "not looked at");
    Files.writeString(folder.resolve("readme.txt"), "not in a class");
  }

  private void picture(String name, int rgb) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    BufferedImage image = new BufferedImage(8, 6, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 6; y++) {
      for (int x = 0; x < 8; x++) {
        image.setRGB(x, y, rgb);
      }
    }
    ImageIO.write(image, "png", file.toFile());
  }

  @Test
  void numbersClassesAndPicturesByTheirNames() {
    PictureFolder pictures = PictureFolder.open(folder, TRANSFORM);
    assertEquals(List.of("cat", "dog"), pictures.labels());
    assertEquals(3, pictures.size());
    FloatBuffer levels = FloatBuffer.allocate(48);
    assertEquals(1, pictures.read(1, levels));
    assertEquals(0x40, levels.get(0));
    assertEquals(0x50, levels.get(16));
    assertEquals(0, pictures.label(0));
  }

  @Test
  void readsAPictureTheSameWayAgainOnceItIsKept() throws IOException {
    PictureFolder pictures = PictureFolder.open(folder, TRANSFORM);
    float[] first = new float[48];
    float[] second = new float[48];
    pictures.read(0, FloatBuffer.wrap(first));
    Files.delete(folder.resolve("cat/c.png"));
    pictures.read(0, FloatBuffer.wrap(second));
    assertArrayEquals(first, second);
  }

  @Test
  void aTestSetCountsItsClassesAsTheTrainingSetDoes() {
    PictureFolder pictures = PictureFolder.open(folder, TRANSFORM, List.of("bird", "cat", "cow", "dog"));
    assertEquals(1, pictures.label(0));
    assertEquals(3, pictures.label(1));
    FormatException e =
        assertThrows(FormatException.class, () -> PictureFolder.open(folder, TRANSFORM, List.of("bird", "cat")));
    assertTrue(e.getMessage().contains("dog"), e.getMessage());
  }

  @Test
  void namesADamagedPictureAndLeavesItOutWhenAsked() throws IOException {
    Files.write(folder.resolve("cat/b.jpg"), new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 1, 2, 3});
    PictureFolder pictures = PictureFolder.open(folder, TRANSFORM);
    FormatException e = assertThrows(FormatException.class, () -> pictures.read(0, FloatBuffer.allocate(48)));
    assertTrue(e.getMessage().contains("b.jpg"), e.getMessage());
    List<String> skipped = new ArrayList<>();
    PictureFolder sound = pictures.withoutDamaged(skipped::add);
    assertEquals(3, sound.size());
    assertEquals(1, skipped.size());
    assertTrue(skipped.get(0).contains("b.jpg"), skipped.get(0));
  }

  @Test
  void refusesAFolderWithoutClassesAndAClassWithoutPictures() throws IOException {
    assertThrows(FormatException.class, () -> PictureFolder.open(folder.resolve("cat"), TRANSFORM));
    Files.createDirectory(folder.resolve("empty"));
    FormatException e = assertThrows(FormatException.class, () -> PictureFolder.open(folder, TRANSFORM));
    assertTrue(e.getMessage().contains("empty"), e.getMessage());
  }
}
