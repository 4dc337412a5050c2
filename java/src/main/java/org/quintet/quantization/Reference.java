package org.quintet.quantization;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.quintet.Model;
import org.quintet.Sweep;
import org.quintet.data.Dataset;

/** One model's answers to some samples, for others to be held against. Immutable and thread-safe. */
public final class Reference {
  private static final int BEST = 5;

  private final Dataset data;
  private final int batch;
  private final List<float[]> logits;
  private final int[] labels;

  private Reference(Dataset data, int batch, List<float[]> logits, int[] labels) {
    this.data = data;
    this.batch = batch;
    this.logits = logits;
    this.labels = labels;
  }

  /**
   * Runs {@code model} over all samples; what counts are its main head's logits.
   *
   * @param batch samples a run
   * @throws org.quintet.FormatException if a sample cannot be read
   * @throws org.quintet.ShapeException if a sample has not the network's shape
   * @throws org.quintet.ArgumentException if the data set is empty
   */
  public static Reference of(Model model, Dataset data, int batch) {
    int[] labels = new int[data.size()];
    int[] done = {0};
    List<float[]> logits = answers(model, data, batch, (samples, size) -> {
      System.arraycopy(samples, 0, labels, done[0], size);
      done[0] += size;
    });
    return new Reference(data, batch, logits, labels);
  }

  private interface LabelSink {
    void take(int[] labels, int size);
  }

  private static List<float[]> answers(Model model, Dataset data, int batch, LabelSink labels) {
    List<float[]> answers = new ArrayList<>();
    Sweep.over(data, batch, 0, (sessions, samples) -> {
      FloatBuffer output = sessions.get(0).output();
      int classes = output.remaining() / samples.size();
      for (int i = 0; i < samples.size(); i++) {
        float[] row = new float[classes];
        output.get(row);
        answers.add(row);
      }
      labels.take(samples.labels(), samples.size());
    }, model);
    return answers;
  }

  /** How alike the answers of {@code other}, of the same network, are. */
  public Agreement agreement(Model other) {
    List<float[]> answers = answers(other, data, batch, (samples, size) -> {});
    int same = 0;
    double five = 0;
    int labelled = 0;
    int right = 0;
    int referenceRight = 0;
    for (int i = 0; i < labels.length; i++) {
      int best = best(answers.get(i));
      int referenceBest = best(logits.get(i));
      same += best == referenceBest ? 1 : 0;
      five += shared(answers.get(i), logits.get(i));
      if (labels[i] != Dataset.NO_LABEL) {
        labelled++;
        right += best == labels[i] ? 1 : 0;
        referenceRight += referenceBest == labels[i] ? 1 : 0;
      }
    }
    double samples = labels.length;
    return new Agreement(
        labels.length, same / samples, five / samples, labelled, referenceRight / (double) labelled, right / (double) labelled);
  }

  /**
   * Root of the mean squared difference of logits, relative to the reference's own root mean square. Each sample's logits count from
   * their mean: what all classes have more of changes nothing.
   */
  public double relativeError(Model other) {
    List<float[]> answers = answers(other, data, batch, (samples, size) -> {});
    ErrorSum sum = new ErrorSum();
    for (int i = 0; i < labels.length; i++) {
      sum.add(FloatBuffer.wrap(centred(logits.get(i))), FloatBuffer.wrap(centred(answers.get(i))));
    }
    return sum.relativeRms();
  }

  private static float[] centred(float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      sum += logit;
    }
    float[] centred = new float[logits.length];
    for (int c = 0; c < logits.length; c++) {
      centred[c] = (float) (logits[c] - sum / logits.length);
    }
    return centred;
  }

  private static int best(float[] logits) {
    int best = 0;
    for (int c = 1; c < logits.length; c++) {
      best = logits[c] > logits[best] ? c : best;
    }
    return best;
  }

  private static double shared(float[] one, float[] other) {
    Set<Integer> bestOfOne = fiveBest(one);
    Set<Integer> bestOfOther = fiveBest(other);
    return bestOfOther.stream().filter(bestOfOne::contains).count() / (double) bestOfOther.size();
  }

  private static Set<Integer> fiveBest(float[] logits) {
    return IntStream.range(0, logits.length).boxed()
        .sorted(Comparator.comparing((Integer c) -> logits[c]).reversed())
        .limit(BEST)
        .collect(Collectors.toSet());
  }
}
