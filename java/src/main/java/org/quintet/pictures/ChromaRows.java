package org.quintet.pictures;

/**
 * Makes a JPEG's half-height colour (4:4:0) the same under every JDK: libjpeg-turbo, which Pillow and some JDKs use, blends each row
 * with its neighbour, 3 to 1, where the libjpeg within other JDKs just repeats it. Repeated rows are recognised and blended.
 */
final class ChromaRows {
  private ChromaRows() {}

  /** Blends the rows of component {@code c} in place if they were repeated; otherwise does nothing. */
  static void blend(byte[] interleaved, int width, int height, int components, int c) {
    int rowLength = width * components;
    if (!repeated(interleaved, rowLength, height, components, c)) {
      return;
    }
    int[] here = take(interleaved, 0, components, c, width);
    int[] above = here;
    for (int y = 0; y < height; y += 2) {
      int[] below = y + 2 < height ? take(interleaved, (y + 2) * rowLength, components, c, width) : here;
      put(interleaved, y * rowLength, components, c, here, above, 1);
      if (y + 1 < height) {
        put(interleaved, (y + 1) * rowLength, components, c, here, below, 2);
      }
      above = here;
      here = below;
    }
  }

  private static boolean repeated(byte[] interleaved, int rowLength, int height, int components, int c) {
    for (int y = 0; y + 1 < height; y += 2) {
      int row = y * rowLength;
      for (int x = c; x < rowLength; x += components) {
        if (interleaved[row + x] != interleaved[row + rowLength + x]) {
          return false;
        }
      }
    }
    return true;
  }

  private static int[] take(byte[] interleaved, int row, int components, int c, int width) {
    int[] samples = new int[width];
    for (int x = 0; x < width; x++) {
      samples[x] = interleaved[row + x * components + c] & 0xff;
    }
    return samples;
  }

  /** The 3 to 1 blend of {@code h1v2_fancy_upsample}; its rounding alternates so that no brightness is gained. */
  private static void put(byte[] interleaved, int row, int components, int c, int[] near, int[] far, int rounding) {
    for (int x = 0; x < near.length; x++) {
      interleaved[row + x * components + c] = (byte) (3 * near[x] + far[x] + rounding >> 2);
    }
  }
}
