package org.quintet.cli;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.Model;
import org.quintet.Session;
import org.quintet.Tensor;
import org.quintet.Weights;
import org.quintet.weights.Npy;

/** The forms that results are written in, by the file's name. */
enum OutputFile {
  /** One tensor: the layer asked for, which comes last, else the main head's logits. */
  NPY {
    @Override
    void write(Path file, Model model, Session session) {
      List<String> names = model.outputs();
      String name = model.options().outputs().isEmpty() ? names.get(0) : names.get(names.size() - 1);
      Npy.write(file, session.outputShape(name), session.output(name));
    }
  },

  /** Everything that was computed. */
  SAFETENSORS {
    @Override
    void write(Path file, Model model, Session session) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      model.outputs().forEach(name -> tensors.put(name, Tensor.of(numbers(session.output(name)), session.outputShape(name))));
      try (Weights all = Weights.of(tensors)) {
        all.save(file);
      }
    }
  };

  /** Writes what {@code session} computed, whole or not at all. */
  abstract void write(Path file, Model model, Session session);

  /** The form that the name asks for; null if it asks for none. */
  static @Nullable OutputFile of(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".npy") ? NPY : name.endsWith(".safetensors") ? SAFETENSORS : null;
  }

  private static float[] numbers(FloatBuffer buffer) {
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }
}
