package org.quintet.quantization;

/**
 * How alike two models' answers to the same samples are.
 *
 * @param samples number of samples
 * @param top1 share of samples for which both have the same best class
 * @param top5 share of the reference's five best classes that are among the other's five best
 * @param labelled samples whose class is known
 * @param referenceAccuracy share of those that the reference finds; NaN if there are none
 * @param accuracy share of those that the other finds; NaN if there are none
 */
public record Agreement(int samples, double top1, double top5, int labelled, double referenceAccuracy, double accuracy) {

  /** What is lost, in percentage points: of accuracy where classes are known, else of agreement on the best class. */
  public double drop() {
    return 100 * (labelled > 0 ? referenceAccuracy - accuracy : 1 - top1);
  }
}
