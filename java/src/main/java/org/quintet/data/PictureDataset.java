package org.quintet.data;

import java.nio.FloatBuffer;
import org.quintet.ShapeException;
import org.quintet.pictures.Normalization;
import org.quintet.pictures.Picture;
import org.quintet.pictures.Transform;

/** A data set of pictures, each framed by a transform when it is read. */
abstract class PictureDataset implements Dataset {
  private final Transform framing;
  private final Normalization normalization;

  PictureDataset(Transform transform) {
    this.framing = transform.withoutNormalization();
    this.normalization = transform.normalization();
  }

  /** Framed as another data set. */
  PictureDataset(PictureDataset other) {
    this.framing = other.framing;
    this.normalization = other.normalization;
  }

  /** The picture of a sample as it is stored. */
  abstract Picture picture(int index);

  /** The class of a sample. */
  abstract int label(int index);

  /** Puts the framed picture's levels into {@code target}, which has the room. */
  void frame(int index, FloatBuffer target) {
    framing.apply(picture(index), target);
  }

  /** Levels of a framed picture. */
  final int floats() {
    return framing.floats();
  }

  @Override
  public final int read(int index, FloatBuffer target) {
    if (target.remaining() != framing.floats()) {
      throw new ShapeException(
          "%s has %d x %d x %d numbers after its transform, the network takes %,d".formatted(
              describe(index), framing.channels(), framing.height(), framing.width(), target.remaining()));
    }
    frame(index, target);
    return label(index);
  }

  @Override
  public final Normalization normalization() {
    return normalization;
  }
}
