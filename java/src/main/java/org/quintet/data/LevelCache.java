package org.quintet.data;

import java.nio.FloatBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Framed pictures as bytes, as many as fit into a quarter of the heap: their levels are whole numbers from 0 to 255. Thread-safe. */
final class LevelCache {
  private final AtomicReferenceArray<byte[]> pictures;
  private final AtomicInteger room;

  LevelCache(int count, int floats) {
    pictures = new AtomicReferenceArray<>(count);
    room = new AtomicInteger((int) Math.min(count, Runtime.getRuntime().maxMemory() / 4 / Math.max(1, floats)));
  }

  int size() {
    return pictures.length();
  }

  /** Puts a picture's levels at the target's position, which moves on behind them; false if it is not kept. */
  boolean get(int index, FloatBuffer target) {
    byte[] levels = pictures.get(index);
    if (levels == null) {
      return false;
    }
    if (target.hasArray()) {
      spread(levels, target.array(), target.arrayOffset() + target.position());
      target.position(target.position() + levels.length);
    } else {
      for (byte level : levels) {
        target.put(level & 0xff);
      }
    }
    return true;
  }

  private static void spread(byte[] levels, float[] to, int start) {
    for (int i = 0; i < levels.length; i++) {
      to[start + i] = levels[i] & 0xff;
    }
  }

  /** Keeps a picture, if there is room: the numbers from {@code start} to the buffer's position. */
  void put(int index, FloatBuffer source, int start) {
    if (room.getAndDecrement() <= 0) {
      room.set(0);
      return;
    }
    byte[] levels = new byte[source.position() - start];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) source.get(start + i);
    }
    pictures.set(index, levels);
  }
}
