package org.quintet.quantization;

/** Told how far work is. Called from the thread that works. */
@FunctionalInterface
public interface Progress {
  /** Tells nobody. */
  Progress NONE = (stage, done, total) -> {};

  /**
   * Called as a part is done.
   *
   * @param stage what is being done, for a person
   * @param done parts that are done
   * @param total parts in all
   */
  void at(String stage, int done, int total);
}
