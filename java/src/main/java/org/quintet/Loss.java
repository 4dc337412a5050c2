package org.quintet;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What training makes small: the categorical cross-entropy of the softmax of each head's logits, mean over the batch, summed over the
 * heads. Immutable; each method returns a changed copy.
 *
 * @param labelSmoothing in [0, 1): a label's share of the target becomes 1 - s + s / classes, every other class's s / classes
 * @param headWeights by name of the head, what its loss counts in the sum; heads not named: 1, and 0 leaves one out
 */
public record Loss(double labelSmoothing, Map<String, Double> headWeights) {

  /** Every head counts 1, labels as they are. Labels are class numbers or distributions over classes. */
  public static final Loss CATEGORICAL_CROSSENTROPY = new Loss(0, Map.of());

  /** Checks the numbers and copies the map. */
  public Loss {
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new ArgumentException("label smoothing is " + labelSmoothing + ", it must be at least 0 and less than 1");
    }
    headWeights.forEach((head, weight) -> {
      if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
        throw new ArgumentException("the loss of head " + head + " counts " + weight + ", it must be at least 0");
      }
    });
    headWeights = Map.copyOf(headWeights);
  }

  /** Smooths labels. */
  public Loss smoothing(double share) {
    return new Loss(share, headWeights);
  }

  /** Lets the loss of a head count {@code weight}: GoogLeNet's auxiliary ones 0.3 as in its paper, 1 in the article. */
  public Loss head(String name, double weight) {
    Map<String, Double> weights = new LinkedHashMap<>(headWeights);
    weights.put(name, weight);
    return new Loss(labelSmoothing, weights);
  }
}
