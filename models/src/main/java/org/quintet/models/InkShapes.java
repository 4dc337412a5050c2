package org.quintet.models;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ink that hangs together: the connected components of a picture's ink, and which of them are the digit. */
final class InkShapes {
  /** Parts of a digit that the pen set down anew have at least this share of the largest part's ink. */
  private static final double LEAST_SHARE = 0.05;

  /** And are no farther from it than this share of its size. */
  private static final double FARTHEST = 0.25;

  private final Ink ink;
  private final int[] shapeOf;
  private final List<Shape> shapes = new ArrayList<>();

  InkShapes(Ink ink) {
    this.ink = ink;
    this.shapeOf = new int[ink.levels.length];
    int[] queue = new int[ink.levels.length];
    for (int i = 0; i < shapeOf.length; i++) {
      if (shapeOf[i] == 0 && ink.levels[i] >= ink.strong) {
        shapes.add(grow(i, shapes.size() + 1, queue));
      }
    }
  }

  /** One component. */
  private static final class Shape {
    private final int number;
    private int left = Integer.MAX_VALUE;
    private int top = Integer.MAX_VALUE;
    private int right = -1;
    private int bottom = -1;
    private double mass;

    Shape(int number) {
      this.number = number;
    }

    void add(int x, int y, double level) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      mass += level;
    }

    int size() {
      return Math.max(right - left, bottom - top) + 1;
    }

    int distance(Shape other) {
      int across = Math.max(0, Math.max(left - other.right, other.left - right));
      int down = Math.max(0, Math.max(top - other.bottom, other.top - bottom));
      return Math.max(across, down);
    }

    /** How much it looks like the digit: a lot of ink, and not the edge of the sheet or a shadow that comes in from outside. */
    double weight(Ink ink) {
      int sides = (left == 0 ? 1 : 0) + (top == 0 ? 1 : 0) + (right == ink.width - 1 ? 1 : 0) + (bottom == ink.height - 1 ? 1 : 0);
      return mass * (sides > 1 ? 0.02 : sides == 1 ? 0.5 : 1);
    }
  }

  private Shape grow(int start, int number, int[] queue) {
    Shape shape = new Shape(number);
    int head = 0;
    int tail = 0;
    queue[tail++] = start;
    shapeOf[start] = number;
    while (head < tail) {
      int at = queue[head++];
      int x = at % ink.width;
      int y = at / ink.width;
      shape.add(x, y, ink.levels[at]);
      for (int ny = Math.max(0, y - 1); ny <= Math.min(ink.height - 1, y + 1); ny++) {
        for (int nx = Math.max(0, x - 1); nx <= Math.min(ink.width - 1, x + 1); nx++) {
          int next = ny * ink.width + nx;
          if (shapeOf[next] == 0 && ink.levels[next] >= ink.weak) {
            shapeOf[next] = number;
            queue[tail++] = next;
          }
        }
      }
    }
    return shape;
  }

  /** The digit's ink alone, cut to its box; null if there is no ink. */
  @Nullable InkBox digit() {
    Shape main = shapes.stream().max(Comparator.comparingDouble(s -> s.weight(ink))).orElse(null);
    if (main == null) {
      return null;
    }
    boolean[] kept = new boolean[shapes.size() + 1];
    Shape box = new Shape(0);
    for (Shape shape : shapes) {
      boolean part = shape == main
          || shape.weight(ink) >= LEAST_SHARE * main.mass && shape.distance(main) <= FARTHEST * main.size();
      if (part) {
        kept[shape.number] = true;
        box.add(shape.left, shape.top, 0);
        box.add(shape.right, shape.bottom, 0);
      }
    }
    return cut(box, kept);
  }

  private InkBox cut(Shape box, boolean[] kept) {
    int width = box.right - box.left + 1;
    int height = box.bottom - box.top + 1;
    byte[] levels = new byte[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = (box.top + y) * ink.width + box.left + x;
        levels[y * width + x] = (byte) (kept[shapeOf[at]] ? Math.round(ink.levels[at]) : 0);
      }
    }
    return new InkBox(width, height, levels);
  }
}
