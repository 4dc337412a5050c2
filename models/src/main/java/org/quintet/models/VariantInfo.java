package org.quintet.models;

import java.util.function.UnaryOperator;
import org.quintet.pictures.Picture;
import org.quintet.pictures.Transform;

/**
 * What is known of one variant of a network before it is built.
 *
 * @param variant whose form it is
 * @param description what sets it apart, in a few words
 * @param height default height of the picture, in pixels
 * @param width default width of the picture, in pixels
 * @param channels default channels of the picture
 * @param classes default number of classes
 * @param auxiliaryHeads whether it has its auxiliary heads by default
 * @param transform the preprocessing it was or would be trained with, for the default size
 * @param labels what its default classes are called
 * @param finder what makes of any picture one as the network was trained with, before the transform; most leave it as it is
 */
public record VariantInfo(
    Variant variant,
    String description,
    int height,
    int width,
    int channels,
    int classes,
    boolean auxiliaryHeads,
    Transform transform,
    Labels labels,
    UnaryOperator<Picture> finder) {
  /** An ImageNet network's defaults: 224 x 224 x 3, torchvision's preprocessing, 1000 classes, no auxiliary heads. */
  static VariantInfo variant(Variant variant, String description) {
    return new VariantInfo(variant, description, 224, 224, 3, 1000, false, Transform.imagenetRgb(), Labels.imagenet(),
        UnaryOperator.identity());
  }

  /** Another default size, the preprocessing along with it. */
  VariantInfo size(int newHeight, int newWidth) {
    Transform resized = transform.size(newHeight, newWidth);
    return new VariantInfo(variant, description, newHeight, newWidth, channels, classes, auxiliaryHeads, resized, labels, finder);
  }

  /** The digits in place of ImageNet's classes, to be found in pictures of any kind. */
  VariantInfo digits() {
    Labels digits = Labels.digits();
    return new VariantInfo(variant, description, height, width, channels, digits.size(), auxiliaryHeads, transform, digits,
        DigitFinder::find);
  }

  VariantInfo auxiliary() {
    return new VariantInfo(variant, description, height, width, channels, classes, true, transform, labels, finder);
  }

  /** Another preprocessing, which decides size and channels. */
  VariantInfo transform(Transform t) {
    return new VariantInfo(variant, description, t.height(), t.width(), t.channels(), classes, auxiliaryHeads, t, labels,
        finder);
  }
}
