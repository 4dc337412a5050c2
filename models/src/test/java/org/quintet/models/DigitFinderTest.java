package org.quintet.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.quintet.data.Dataset;
import org.quintet.data.Mnist;
import org.quintet.pictures.Picture;
import org.quintet.pictures.Transform;
import org.quintet.testing.Shared;

class DigitFinderTest {
  /** A seven of two bars, {@code height} pixels high, at some place of a gray picture. */
  private static Picture seven(int width, int height, int left, int top, int digit, int pen, int paper, int ink) {
    byte[] gray = new byte[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        boolean bar = y >= top && y < top + pen && x >= left && x < left + digit * 6 / 10;
        int slope = left + digit * 6 / 10 - pen - (y - top) * 4 / 10;
        boolean stem = y >= top && y < top + digit && x >= slope && x < slope + pen;
        gray[y * width + x] = (byte) (bar || stem ? ink : paper);
      }
    }
    return Picture.ofGray(width, height, gray);
  }

  private static double difference(Picture a, Picture b) {
    double sum = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      sum += Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff));
    }
    return sum / a.rgb().length;
  }

  @Test
  void givesTheSameDigitWhereverItIsAndWhicheverColourIsDarker() {
    Picture first = DigitFinder.find(seven(100, 120, 20, 30, 60, 8, 255, 0));
    assertEquals(28, first.width());
    assertEquals(28, first.height());
    assertEquals(0, difference(first, DigitFinder.find(seven(100, 120, 35, 10, 60, 8, 255, 0))));
    assertEquals(0, difference(first, DigitFinder.find(seven(300, 200, 135, 70, 60, 8, 255, 0))));
    assertTrue(difference(first, DigitFinder.find(seven(100, 120, 20, 30, 60, 8, 0, 255))) < 1);
    assertTrue(difference(first, DigitFinder.find(seven(100, 120, 20, 30, 60, 8, 200, 90))) < 1, "little contrast");
    assertTrue(difference(first, DigitFinder.find(seven(400, 480, 80, 120, 240, 32, 255, 0))) < 10, "another size");
  }

  @Test
  void fillsABoxOfTwentyPixelsWithTheCentreOfMassInTheMiddle() {
    Picture found = DigitFinder.find(seven(100, 120, 20, 30, 60, 8, 255, 0));
    int top = 28;
    int bottom = -1;
    double mass = 0;
    double down = 0;
    double across = 0;
    for (int y = 0; y < 28; y++) {
      for (int x = 0; x < 28; x++) {
        int level = found.rgb()[3 * (y * 28 + x)] & 0xff;
        top = level > 0 ? Math.min(top, y) : top;
        bottom = level > 0 ? Math.max(bottom, y) : bottom;
        mass += level;
        down += level * (y + 0.5);
        across += level * (x + 0.5);
      }
    }
    assertEquals(20, bottom - top + 1);
    assertEquals(14.5, down / mass, 0.51, "as in MNIST: not 14");
    assertEquals(14.5, across / mass, 0.51);
  }

  @Test
  void thinStrokesBecomeAsThickAsAPens() {
    Picture thin = DigitFinder.find(seven(400, 400, 80, 80, 240, 3, 255, 0));
    Picture thick = DigitFinder.find(seven(400, 400, 80, 80, 240, 24, 255, 0));
    double ratio = mean(thin) / mean(thick);
    assertTrue(ratio > 0.6, "a stroke of an eighth of the width has " + ratio + " of the ink");
  }

  private static double mean(Picture picture) {
    return difference(picture, Picture.ofGray(picture.width(), picture.height(), new byte[picture.width() * picture.height()]));
  }

  @Test
  void passesOverSpecksShadowsAndTheEdgeOfTheSheet() {
    Picture clean = seven(100, 120, 20, 30, 60, 8, 230, 20);
    byte[] rgb = clean.rgb();
    Random random = new Random(1);
    for (int y = 0; y < 120; y++) {
      for (int x = 0; x < 100; x++) {
        int level = (rgb[3 * (y * 100 + x)] & 0xff) * (100 - x / 4) / 100 + random.nextInt(7) - 3;
        boolean speck = x > 90 && x < 93 && y > 100 && y < 103;
        for (int c = 0; c < 3; c++) {
          rgb[3 * (y * 100 + x) + c] = (byte) Math.max(0, Math.min(255, speck || y > 116 ? 10 : level));
        }
      }
    }
    double difference = difference(DigitFinder.find(clean), DigitFinder.find(Picture.ofRgb(100, 120, rgb)));
    assertTrue(difference < 4, "mean difference " + difference);
  }

  @Test
  void aPictureWithoutInkIsBlack() {
    for (int paper : new int[] {0, 128, 255}) {
      assertEquals(0, mean(DigitFinder.find(seven(50, 40, 0, 0, 0, 0, paper, 0))));
    }
    assertEquals(0, mean(DigitFinder.find(Picture.ofGray(1, 1, new byte[1]))));
    assertEquals(28, DigitFinder.find(seven(3, 500, 0, 0, 400, 2, 255, 0)).width(), "however long and thin");
  }

  @Test
  void leavesMnistsOwnDigitsAlmostAsTheyAre() {
    Path mnist = Shared.path("data/mnist");
    Dataset digits = Mnist.test(mnist, Transform.mnist());
    double sum = 0;
    int count = 200;
    for (int i = 0; i < count; i++) {
      FloatBuffer levels = FloatBuffer.allocate(28 * 28);
      digits.read(i, levels);
      byte[] gray = new byte[28 * 28];
      for (int p = 0; p < gray.length; p++) {
        gray[p] = (byte) levels.get(p);
      }
      Picture digit = Picture.ofGray(28, 28, gray);
      sum += difference(digit, DigitFinder.find(digit)) / mean(digit);
    }
    assertTrue(sum / count < 0.03, "of the ink, this share is elsewhere: " + sum / count);
  }
}
