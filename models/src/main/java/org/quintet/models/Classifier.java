package org.quintet.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.quintet.ArgumentException;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Session;
import org.quintet.Weights;
import org.quintet.pictures.Picture;
import org.quintet.pictures.Transform;

/**
 * Says what pictures show: decodes, resizes and normalizes them as the network's variant wants, runs its main head, and names
 * the most probable classes.
 *
 * <p>Owns a compiled {@link Model} and with it native memory, so close it. Any number of threads may classify at a time.
 */
public final class Classifier implements AutoCloseable {
  private static final int TOP = 5;

  private final Model model;
  private final UnaryOperator<Picture> finder;
  private final Transform transform;
  private final Labels labels;
  private final String answer;

  private Classifier(Model model, UnaryOperator<Picture> finder, Transform transform, Labels labels, String answer) {
    this.model = model;
    this.finder = finder;
    this.transform = transform;
    this.labels = labels;
    this.answer = answer;
  }

  /**
   * A network with the weights that come with this library.
   *
   * @param name as in {@link Models#names}
   * @throws ArgumentException if there is no such network, or none of its variants comes with weights
   */
  public static Classifier load(String name) {
    ModelBuilder network = Models.builder(name);
    VariantInfo embedded = network.info().embeddedVariant().orElseThrow(() -> new ArgumentException(
        name + " comes without weights; name a file: Classifier.load(\"" + name + "\", file)"));
    network.variant(embedded.variant());
    return load(network, network.labels(), CompileOptions.defaults());
  }

  /**
   * Any form of a network with the weights that come with this library.
   *
   * @throws ArgumentException if its variant comes without weights, or as {@link #load(ModelBuilder, Path, Labels, CompileOptions)}
   */
  public static Classifier load(ModelBuilder network, Labels labels, CompileOptions options) {
    URL weights = network.info().embeddedWeights(network.variant().variant()).orElseThrow(() -> new ArgumentException(
        network.info().name() + " " + network.variant().variant().label() + " comes without weights"));
    try {
      Path file = Files.createTempFile("quintet", ".safetensors");
      try (InputStream in = weights.openStream()) {
        Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        return load(network, file, labels, options);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(weights.toString(), e);
    }
  }

  /**
   * A network with weights from a file, in the form and with the names of classes that the file says it was trained in ({@link TrainedAs});
   * in its default variant if it says nothing. See {@link #load(ModelBuilder, Path, Labels, CompileOptions)}.
   *
   * @throws ArgumentException if the file says that it is another network's
   */
  public static Classifier load(String name, Path weights) {
    TrainedAs trained = TrainedAs.of(weights);
    if (trained == null) {
      return load(Models.builder(name), weights);
    }
    if (!trained.network().equals(name)) {
      throw new ArgumentException(weights + " is for " + trained.network() + ", not for " + name);
    }
    return load(trained.builder(), weights);
  }

  /**
   * Any form of a network, its classes named as the file says if it has so many, else as usual; see
   * {@link #load(ModelBuilder, Path, Labels, CompileOptions)}.
   */
  public static Classifier load(ModelBuilder network, Path weights) {
    TrainedAs trained = TrainedAs.of(weights);
    boolean named = trained != null && trained.labels().size() == network.classes();
    return load(network, weights, named ? Labels.of(trained.labels()) : network.labels(), CompileOptions.defaults());
  }

  /**
   * Any form of a network. Pictures go through what the file says that they went through in training, else through what is usual for the
   * network's variant.
   *
   * @param network built here, and not kept
   * @param weights a file in any format that {@link Weights#open} reads; needed only until this returns; may have weights for
   *     auxiliary heads or not
   * @param labels what the network's classes are called, as many as it has
   * @param options how to compile; heads other than the main one are left out whatever they say
   * @throws ArgumentException if there are more or fewer labels than classes, or the variant's preprocessing gives another
   *     number of channels than the network takes
   * @throws org.quintet.WeightsException if the weights do not fit the network
   * @throws org.quintet.FormatException if the file cannot be read
   */
  public static Classifier load(ModelBuilder network, Path weights, Labels labels, CompileOptions options) {
    checkLabels(network, labels);
    try (Weights opened = Weights.open(weights)) {
      Network built = network.buildFor(opened.names());
      Network.Head head = built.heads().get(0);
      TrainedAs trained = TrainedAs.of(weights);
      Transform transform = transform(network, trained, built);
      Model model = built.compile(opened, options.heads(head.name()));
      return new Classifier(model, finder(network, trained), transform, labels, head.name() + ".softmax");
    }
  }

  /**
   * Any form of a network whose model was saved by {@link Model#save}, with its main head at least, for this kind of machine. Pictures go
   * through what the file says that they went through in training, if it was saved with {@link TrainedAs#metadata()}, else through what is
   * usual for the network's variant.
   *
   * @param network built here, and not kept
   * @param plan the file; it stays mapped until this is closed
   * @throws ArgumentException as {@link #load(ModelBuilder, Path, Labels, CompileOptions)}
   * @throws org.quintet.PlanException if the plan is for another network, CPU or version
   * @throws org.quintet.FormatException if the file is no plan, or a damaged one
   */
  public static Classifier loadPlan(ModelBuilder network, Path plan, Labels labels) {
    checkLabels(network, labels);
    Network built = network.buildFor(Model.savedParameters(plan));
    TrainedAs trained = TrainedAs.of(plan);
    return new Classifier(built.load(plan), finder(network, trained), transform(network, trained, built), labels, built.heads().get(0).name() + ".softmax");
  }

  private static UnaryOperator<Picture> finder(ModelBuilder network, @Nullable TrainedAs trained) {
    return trained == null ? network.variant().finder() : trained.finder();
  }

  private static Transform transform(ModelBuilder network, @Nullable TrainedAs trained, Network built) {
    return fitted(trained == null ? network.variant().transform() : trained.transform(), built);
  }

  private static void checkLabels(ModelBuilder network, Labels labels) {
    if (labels.size() != network.classes()) {
      throw new ArgumentException(labels.size() + " labels for the " + network.classes() + " classes of " + network.info().name());
    }
  }

  /** The five most probable classes of a picture in a file, the most probable first; see {@link #classify(Picture, int)}. */
  public List<Prediction> classify(Path picture) {
    return classify(picture, TOP);
  }

  /**
   * The most probable classes of a picture in a file.
   *
   * @throws org.quintet.FormatException if the file is no picture, or a damaged one
   */
  public List<Prediction> classify(Path picture, int top) {
    return classify(Picture.decode(picture), top);
  }

  /**
   * The most probable classes of a picture, the most probable first.
   *
   * @param top how many; all, if there are not so many
   * @throws ArgumentException if {@code top} is less than 1
   * @throws org.quintet.ClosedException if this classifier is closed
   */
  public List<Prediction> classify(Picture picture, int top) {
    if (top < 1) {
      throw new ArgumentException("top is " + top + "; it must be at least 1");
    }
    float[] probabilities = probabilities(picture);
    return IntStream.range(0, probabilities.length)
        .mapToObj(i -> new Prediction(i, labels.get(i), probabilities[i]))
        .sorted(Comparator.comparing(Prediction::probability).reversed())
        .limit(top)
        .toList();
  }

  /** How the network was compiled. */
  public CompileOptions options() {
    return model.options();
  }

  /** What pictures go through before the network sees them; digits are found first, see {@link DigitFinder}. */
  public Transform transform() {
    return transform;
  }

  /** Waits for runs in flight and frees the model; a second call does nothing. */
  @Override
  public void close() {
    model.close();
  }

  private float[] probabilities(Picture picture) {
    try (Session session = model.session()) {
      transform.apply(finder.apply(picture), session.input());
      session.run();
      FloatBuffer output = session.output(answer);
      float[] probabilities = new float[output.remaining()];
      output.get(probabilities);
      return probabilities;
    }
  }

  private static Transform fitted(Transform transform, Network network) {
    long[] shape = network.inputShape();
    if (shape[0] != transform.channels()) {
      throw new ArgumentException(
          network + " takes " + shape[0] + " channels, its preprocessing gives " + transform.channels() + ": " + transform);
    }
    boolean fits = shape[1] == transform.height() && shape[2] == transform.width();
    return fits ? transform : transform.size((int) shape[1], (int) shape[2]);
  }
}
