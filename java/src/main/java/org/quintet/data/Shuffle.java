package org.quintet.data;

import org.quintet.internal.SeededRandom;

/** The order of samples in an epoch. */
final class Shuffle {
  private Shuffle() {}

  /** The numbers 0 to size - 1 in an order by chance, the same for the same seed and epoch (Fisher and Yates). */
  static int[] order(int size, long seed, int epoch) {
    int[] order = identity(size);
    SeededRandom random = new SeededRandom(seed, epoch, size);
    for (int last = size - 1; last > 0; last--) {
      int chosen = random.below(last + 1);
      int kept = order[last];
      order[last] = order[chosen];
      order[chosen] = kept;
    }
    return order;
  }

  /** The numbers 0 to size - 1 in their order. */
  static int[] identity(int size) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    return order;
  }
}
