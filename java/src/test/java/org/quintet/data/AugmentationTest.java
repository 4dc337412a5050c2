package org.quintet.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.quintet.ArgumentException;
import org.quintet.internal.SeededRandom;

class AugmentationTest {
  private static final int SIDE = 9;

  /** Two planes of different levels. */
  private static float[] picture() {
    float[] levels = new float[2 * SIDE * SIDE];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = 20 + i;
    }
    return levels;
  }

  private static float[] distorted(Augmentation how, float[] picture, long seed) {
    float[] levels = picture.clone();
    new Augmenter(how, levels.length / (SIDE * SIDE), SIDE, SIDE).apply(levels, new SeededRandom(seed, 1, 2));
    return levels;
  }

  @Test
  void theSameSeedDistortsTheSameWayAndAnotherDoesNot() {
    Augmentation how = Augmentation.digits().withFlip().withCrop(2).withColour(.3);
    assertArrayEquals(distorted(how, picture(), 5), distorted(how, picture(), 5));
    assertFalse(Arrays.equals(distorted(how, picture(), 5), distorted(how, picture(), 6)));
  }

  @Test
  void flipsAboutHalfOfAllPictures() {
    int flipped = 0;
    for (int seed = 0; seed < 1000; seed++) {
      float[] levels = distorted(Augmentation.NONE.withFlip(), picture(), seed);
      boolean mirrored = levels[0] == 20 + SIDE - 1;
      assertTrue(mirrored || levels[0] == 20);
      flipped += mirrored ? 1 : 0;
    }
    assertTrue(flipped > 400 && flipped < 600, "flipped " + flipped);
  }

  @Test
  void cropsAreThePictureMovedByWholePixelsWithBlackBehind() {
    boolean[] seen = new boolean[25];
    for (int seed = 0; seed < 500; seed++) {
      float[] levels = distorted(Augmentation.NONE.withCrop(2), picture(), seed);
      int move = find(levels);
      seen[move] = true;
    }
    for (boolean one : seen) {
      assertTrue(one, "every one of the 25 positions comes up");
    }
  }

  private static int find(float[] levels) {
    for (int down = -2; down <= 2; down++) {
      for (int right = -2; right <= 2; right++) {
        if (isMoved(levels, down, right)) {
          return (down + 2) * 5 + right + 2;
        }
      }
    }
    throw new AssertionError("no crop of the picture");
  }

  private static boolean isMoved(float[] levels, int down, int right) {
    float[] original = picture();
    for (int i = 0; i < levels.length; i++) {
      int y = i / SIDE % SIDE + down;
      int x = i % SIDE + right;
      boolean inside = y >= 0 && y < SIDE && x >= 0 && x < SIDE;
      if (levels[i] != (inside ? original[i + down * SIDE + right] : 0)) {
        return false;
      }
    }
    return true;
  }

  @Test
  void aWarpOfNothingIsThePictureItself() {
    float[] levels = picture();
    Warp warp = new Warp(Augmentation.NONE.withShift(1e-9), SIDE, SIDE);
    warp.draw(new SeededRandom(1, 2, 3));
    float[] out = new float[levels.length];
    warp.resample(levels, out, 0);
    for (int i = 0; i < SIDE * SIDE; i++) {
      int y = i / SIDE;
      int x = i % SIDE;
      if (y > 0 && y < SIDE - 1 && x > 0 && x < SIDE - 1) {
        assertEquals(levels[i], out[i], 1e-3);
      }
    }
  }

  @Test
  void rotationKeepsTheCentreAndShiftMovesIt() {
    float[] dot = new float[SIDE * SIDE];
    dot[SIDE * SIDE / 2] = 255;
    assertEquals(255, distorted(Augmentation.NONE.withRotate(45), dot, 3)[SIDE * SIDE / 2], 0.1);
    float[] shifted = distorted(Augmentation.NONE.withShift(3), dot, 3);
    double sum = 0;
    for (float level : shifted) {
      sum += level;
    }
    assertEquals(255, sum, 0.1, "a shift within the picture loses nothing");
    assertTrue(shifted[SIDE * SIDE / 2] < 255);
  }

  @Test
  void elasticDistortionMovesPixelsByAboutThePixelThatSimardIntended() {
    Warp warp = new Warp(Augmentation.NONE.withElastic(34, 4), 28, 28);
    double squares = 0;
    float[] ramp = new float[28 * 28];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i % 28;
    }
    int count = 0;
    for (int seed = 0; seed < 50; seed++) {
      warp.draw(new SeededRandom(seed, 0, 0));
      float[] out = new float[ramp.length];
      warp.resample(ramp, out, 0);
      for (int y = 10; y < 18; y++) {
        for (int x = 10; x < 18; x++) {
          squares += Math.pow(out[y * 28 + x] - x, 2);
          count++;
        }
      }
    }
    // White noise of deviation 1/sqrt(3), smoothed by a two-dimensional Gaussian: 1 / (2 sigma sqrt(pi)) of it is left.
    double expected = 34 / Math.sqrt(3) / (2 * 4 * Math.sqrt(Math.PI));
    assertEquals(expected, Math.sqrt(squares / count), 0.25 * expected);
  }

  @Test
  void colourStaysBetweenBlackAndWhite() {
    for (int seed = 0; seed < 100; seed++) {
      for (float level : distorted(Augmentation.NONE.withColour(1), picture(), seed)) {
        assertTrue(level >= 0 && level <= 255);
      }
    }
  }

  @Test
  void readsListsAndWritesThem() {
    Augmentation read = Augmentation.parse("digits,flip, crop=4,colour=0.25,elastic=20:3");
    assertEquals(Augmentation.digits().withFlip().withCrop(4).withColour(.25).withElastic(20, 3), read);
    assertEquals(read, Augmentation.parse(read.toString()));
    assertEquals(Augmentation.NONE, Augmentation.parse("none"));
  }

  @Test
  void namesWhatItDoesNotKnow() {
    for (String wrong : new String[] {"flop", "shift=far", "shift", "elastic=1:x", "scale=1", "crop=-1", "", "rotate=NaN"}) {
      assertThrows(ArgumentException.class, () -> Augmentation.parse(wrong), wrong);
    }
  }
}
