package org.quintet;

/**
 * How the learning rate changes in the course of training: what the optimizer's own rate is multiplied with. Asked before every step;
 * must depend on its arguments alone, so that training can be resumed.
 */
@FunctionalInterface
public interface Schedule {

  /**
   * The factor for the step about to be made.
   *
   * @param epoch how far training is, in epochs from 0, with fractions
   * @param epochs how far it goes
   */
  double factor(double epoch, int epochs);

  /** Always 1. */
  static Schedule constant() {
    return (epoch, epochs) -> 1;
  }

  /**
   * Multiplied by {@code factor} every so many epochs.
   *
   * @throws ArgumentException if {@code every} is not positive or the factor is negative
   */
  static Schedule step(double every, double factor) {
    if (!(every > 0) || !(factor >= 0)) {
      throw new ArgumentException("a factor of " + factor + " every " + every + " epochs is impossible");
    }
    return (epoch, epochs) -> Math.pow(factor, Math.floor(epoch / every));
  }

  /** Half a cosine, from 1 at the start to 0 at the end (Loshchilov and Hutter, 2017). */
  static Schedule cosine() {
    return (epoch, epochs) -> 0.5 * (1 + Math.cos(Math.PI * Math.min(1, epoch / Math.max(1, epochs))));
  }

  /**
   * Rises in a straight line from 0 during the first epochs, then goes on as this one does.
   *
   * @param length of the rise in epochs, with fractions; at its end the factor is this schedule's own
   * @throws ArgumentException if it is negative
   */
  default Schedule warmUp(double length) {
    if (!(length >= 0)) {
      throw new ArgumentException("a warm-up of " + length + " epochs is impossible");
    }
    return (epoch, epochs) -> factor(epoch, epochs) * (epoch < length ? epoch / length : 1);
  }

  /**
   * Reads {@code constant}, {@code cosine} or {@code step:EPOCHS:FACTOR}.
   *
   * @throws ArgumentException if it is none of these
   */
  static Schedule parse(String text) {
    String[] parts = text.split(":");
    try {
      if (parts.length == 1 && parts[0].equals("constant")) {
        return constant();
      }
      if (parts.length == 1 && parts[0].equals("cosine")) {
        return cosine();
      }
      if (parts.length == 3 && parts[0].equals("step")) {
        return step(Double.parseDouble(parts[1]), Double.parseDouble(parts[2]));
      }
    } catch (NumberFormatException e) {
      throw new ArgumentException("schedule " + text + ": " + e.getMessage() + " is no number");
    }
    throw new ArgumentException("no schedule " + text + "; there are constant, cosine, step:EPOCHS:FACTOR");
  }
}
