package org.quintet.data;

import java.nio.FloatBuffer;
import org.quintet.ShapeException;
import org.quintet.pictures.Normalization;
import org.quintet.pictures.Picture;
import org.quintet.pictures.Transform;

/**
 * A data set of pictures, each framed by a transform when it is first read; as many framed ones are kept as fit into a quarter of the
 * heap.
 */
abstract class PictureDataset implements Dataset {
  private final Transform framing;
  private final Normalization normalization;
  private final LevelCache cache;

  PictureDataset(Transform transform, int size) {
    this.framing = transform.withoutNormalization();
    this.normalization = transform.normalization();
    this.cache = new LevelCache(size, framing.floats());
  }

  /** Framed as another data set, with {@code size} pictures. */
  PictureDataset(PictureDataset other, int size) {
    this.framing = other.framing;
    this.normalization = other.normalization;
    this.cache = new LevelCache(size, framing.floats());
  }

  /** The picture of a sample as it is stored. */
  abstract Picture picture(int index);

  /** The class of a sample. */
  abstract int label(int index);

  @Override
  public final int size() {
    return cache.size();
  }

  @Override
  public final int read(int index, FloatBuffer target) {
    if (target.remaining() != framing.floats()) {
      throw new ShapeException(
          "%s has %d x %d x %d numbers after its transform, the network takes %,d".formatted(
              describe(index), framing.channels(), framing.height(), framing.width(), target.remaining()));
    }
    if (!cache.get(index, target)) {
      int start = target.position();
      framing.apply(picture(index), target);
      cache.put(index, target, start);
    }
    return label(index);
  }

  @Override
  public final Normalization normalization() {
    return normalization;
  }
}
