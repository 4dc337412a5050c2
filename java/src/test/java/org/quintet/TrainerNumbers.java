package org.quintet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** All that a trainer has learned: parameters and the optimizer's state, by name. */
final class TrainerNumbers {
  private TrainerNumbers() {}

  static Map<String, float[]> numbers(Trainer trainer) {
    Map<String, float[]> numbers = new LinkedHashMap<>();
    try (Weights weights = trainer.weights(); Weights state = trainer.optimizerState()) {
      weights.names().forEach(name -> numbers.put(name, weights.get(name).toFloats()));
      state.names().forEach(name -> numbers.put(name, state.get(name).toFloats()));
    }
    return numbers;
  }

  static void assertSameBits(Map<String, float[]> expected, Map<String, float[]> found) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((name, values) -> assertTrue(Arrays.equals(values, found.get(name)), name + " differs"));
  }
}
