package org.quintet.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.quintet.ArgumentException;
import org.quintet.DType;
import org.quintet.EpochMetrics;
import org.quintet.FitOptions;
import org.quintet.History;
import org.quintet.Network;
import org.quintet.Quintet;
import org.quintet.TrainOptions;
import org.quintet.Trainer;
import org.quintet.Weights;
import org.quintet.data.Augmentation;
import org.quintet.data.DataFolder;
import org.quintet.data.Dataset;
import org.quintet.models.ModelBuilder;
import org.quintet.models.TrainedAs;
import org.quintet.pictures.Transform;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code train}: weights from a data set. Ctrl-C saves a checkpoint, with which {@code --resume} goes on. */
@CommandLine.Command(name = "train", description = "Train a network on a data set.")
final class TrainCommand extends Command {
  @Parameters(paramLabel = "MODEL", description = "A network, as listed by models.")
  private String model = "";

  @Mixin private NetworkOptions form = new NetworkOptions();
  @Mixin private DataOptions data = new DataOptions();
  @Mixin private OptimizerOptions optimization = new OptimizerOptions();

  @Option(names = "--output", paramLabel = "FILE", required = true, description = "Where the weights go, as safetensors.")
  private Path output = Path.of("");

  @Option(names = "--store", paramLabel = "TYPE", description = "How the output's numbers are stored: f32, f16 or bf16; ${DEFAULT-VALUE} by default.")
  private String store = "f32";

  @Option(names = "--epochs", paramLabel = "N", description = "How often through the data; ${DEFAULT-VALUE} by default.")
  private int epochs = 5;

  @Option(names = "--batch", paramLabel = "N", description = "Pictures per step; ${DEFAULT-VALUE} by default.")
  private int batch = 64;

  @Option(names = "--augment", paramLabel = "LIST", description = "How pictures are distorted, by commas: digits, photographs, flip, "
      + "shift=PIXELS, rotate=DEGREES, scale=CHANGE, elastic=ALPHA:SIGMA, crop=PIXELS, colour=CHANGE, none.")
  private String augment = "none";

  @Option(names = "--seed", paramLabel = "N", description = "Of fresh weights, order, distortion and dropout; ${DEFAULT-VALUE} by default.")
  private long seed = 1;

  @Option(names = "--no-dropout", description = "Let dropout layers do nothing.")
  private boolean noDropout;

  @Option(names = "--weights", paramLabel = "FILE",
      description = "Weights to start from. With --classes, layers that they do not fit start fresh.")
  private @Nullable Path weights;

  @Option(names = "--freeze-until", paramLabel = "LAYER", description = "The last layer that keeps its weights, with all before it.")
  private @Nullable String freezeUntil;

  @Option(names = "--validation", paramLabel = "DIR|SHARE",
      description = "Evaluate behind every epoch: on the test part of a data set, or on a share of the training data, as 0.1.")
  private @Nullable String validation;

  @Option(names = "--early-stop", paramLabel = "N", description = "End when the (validation) loss has not fallen for N epochs; the output is the epoch's whose loss "
      + "was least.")
  private int earlyStop;

  @Option(names = "--checkpoint", paramLabel = "FILE",
      description = "Where all that is needed to go on is saved, behind every epoch and on Ctrl-C; by default beside the output, until "
          + "training is done.")
  private @Nullable Path checkpoint;

  @Option(names = "--checkpoint-every", paramLabel = "N", description = "Save it every N steps too.")
  private long checkpointEvery;

  @Option(names = "--resume", paramLabel = "FILE", description = "Go on from a checkpoint, with the same options.")
  private @Nullable Path resume;

  @Option(names = "--metrics", paramLabel = "FILE", description = "Write a line of JSON behind every epoch.")
  private @Nullable Path metrics;

  @Option(names = "--plot", paramLabel = "FILE", description = "Draw the learning curves, as .png or .svg.")
  private @Nullable Path plot;

  @Override
  public Integer call() {
    checkFiles();
    DataFolder folder = data.open();
    TrainedAs before = weights == null ? null : TrainedAs.of(weights);
    ModelBuilder builder = form.builder(this, model, weights, before);
    if (!form.hasClasses()) {
      builder.classes(DataOptions.classes(folder));
    }
    Network network = builder.build();
    Transform transform = DataOptions.transform(folder, builder, network, before);
    Dataset samples = data.train(folder, transform, err());
    FitOptions how = fitOptions();
    if (validation != null) {
      Dataset.Split split = split(samples, transform);
      samples = split.train();
      how = how.validation(split.validation());
    }
    long start = System.nanoTime();
    try (Trainer trainer = trainer(network); MetricsFile lines = metrics == null ? null : new MetricsFile(metrics)) {
      History history = fit(trainer, samples, how, lines);
      if (history.end() == History.End.STOPPED) {
        return FAILED;   // seen by nobody: the process ends by the signal that stopped it
      }
      finish(trainer, trainedAs(network, builder.classes(), folder, transform), history, samples.size(), (System.nanoTime() - start) / 1e9);
    }
    return OK;
  }

  /** What would be found out only after hours. */
  private void checkFiles() {
    for (Path file : new @Nullable Path[] {output, checkpoint, metrics, plot}) {
      if (file != null) {
        checkPlace(file);
      }
    }
    type();
    if (plot != null && !LearningCurves.isPossible(plot)) {
      throw usage("--plot " + plot + ": the name must end in .png or .svg");
    }
  }

  private DType type() {
    return switch (store) {
      case "f32" -> DType.F32;
      case "f16" -> DType.F16;
      case "bf16" -> DType.BF16;
      default -> throw usage("--store " + store + ": there are f32, f16, bf16");
    };
  }

  private FitOptions fitOptions() {
    try {
      FitOptions how = FitOptions.epochs(atLeastOne("--epochs", epochs))
          .batch(atLeastOne("--batch", batch))
          .seed(seed)
          .augment(Augmentation.parse(augment))
          .schedule(optimization.schedule(this))
          .checkpoint(checkpointFile(), checkpointEvery);
      how = earlyStop == 0 ? how : how.earlyStop(earlyStop);
      return resume == null ? how : how.resume(resume);
    } catch (ArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private Dataset.Split split(Dataset samples, Transform transform) {
    String where = String.valueOf(validation);
    if (where.matches("0?\\.\\d+")) {
      return samples.split(Double.parseDouble(where), seed);
    }
    DataFolder folder = DataFolder.of(Path.of(where));
    return new Dataset.Split(samples, data.test(folder, transform, samples.labels(), err()));
  }

  private Trainer trainer(Network network) {
    TrainOptions options = TrainOptions.of(optimization.loss(this), optimization.optimizer(this)).seed(seed).threads(threads());
    options = noDropout ? options.withoutDropout() : options;
    options = freezeUntil == null ? options : options.freezeUntil(freezeUntil);
    if (weights == null) {
      return network.trainer(options);
    }
    try (Weights given = Weights.open(weights)) {
      return network.trainer(given, form.hasClasses() ? options.replaceHead() : options);
    }
  }

  private Path checkpointFile() {
    return checkpoint != null ? checkpoint : output.resolveSibling(output.getFileName() + ".checkpoint");
  }

  private History fit(Trainer trainer, Dataset samples, FitOptions how, @Nullable MetricsFile lines) {
    try (Interruption interruption = Interruption.calls(trainer::stop);
        TrainingReport report = new TrainingReport(err(), Terminal.isStderr(), lines)) {
      History history = trainer.fit(samples, how.listener(report));
      if (interruption.happened()) {
        report.clear();
        err().println("interrupted; go on with --resume " + checkpointFile());
      }
      return history;
    }
  }

  /** What the weights will say about themselves. */
  private static TrainedAs trainedAs(Network network, int classes, DataFolder folder, Transform transform) {
    long[] shape = network.inputShape();
    List<String> names = folder.classes();   // --classes may have asked for more or fewer
    List<String> labels = IntStream.range(0, classes).mapToObj(i -> i < names.size() ? names.get(i) : Integer.toString(i)).toList();
    return new TrainedAs(
        network.name(), network.variant(), (int) shape[1], (int) shape[2], (int) shape[0], transform,
        folder.kind() == DataFolder.Kind.MNIST, labels);
  }

  private void finish(Trainer trainer, TrainedAs facts, History history, int samples, double seconds) {
    try (Weights trained = trainer.weights()) {
      trained.save(output, type(), facts.metadata());
    }
    if (plot != null) {
      LearningCurves.write(plot, trainer.network().toString(), history.epochs());
    }
    if (checkpoint == null) {
      delete(checkpointFile());
    }
    EpochMetrics last = history.epochs().get(history.epochs().size() - 1);
    print(document(trainer, history, samples, seconds), out -> out.printf(Locale.ROOT,
        "%s: %d epochs of %,d samples in %.1f s, loss %.4f, accuracy %.4f; weights in %s%n"
            + "memory: %.1f MB of activations and their gradients, %.1f MB of parameters, gradients and optimizer state%n",
        trainer.network(), history.epochs().size(), samples, seconds, last.loss(), last.accuracy(), output,
        trainer.arenaBytes() / 1e6, trainer.parameterBytes() / 1e6));
  }

  private Map<String, @Nullable Object> document(Trainer trainer, History history, int samples, double seconds) {
    return Json.object(
        "model", trainer.network().name(),
        "variant", trainer.network().variant(),
        "output", output.toString(),
        "samples", samples,
        "batch", batch,
        "optimizer", trainer.options().optimizer().toString(),
        "augmentation", Augmentation.parse(augment).toString(),
        "seed", seed,
        "ended", history.end().name().toLowerCase(Locale.ROOT),
        "updates", trainer.steps(),
        "seconds", seconds,
        "parameter_bytes", trainer.parameterBytes(),
        "arena_bytes", trainer.arenaBytes(),
        "peak_native_memory_bytes", Quintet.peakNativeMemory(),
        "epochs", history.epochs().stream().map(MetricsFile::document).toList());
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // it is of no use any more, and does no harm
    }
  }
}
