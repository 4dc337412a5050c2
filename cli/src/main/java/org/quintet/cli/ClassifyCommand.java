package org.quintet.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.quintet.QuintetException;
import org.quintet.models.Classifier;
import org.quintet.models.Labels;
import org.quintet.models.ModelBuilder;
import org.quintet.models.ModelInfo;
import org.quintet.models.Models;
import org.quintet.models.Prediction;
import org.quintet.models.TrainedAs;
import org.quintet.pictures.Picture;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code classify}: what pictures show. A picture that cannot be read is reported, and the others are classified all the same. */
@CommandLine.Command(name = "classify", description = "Say what pictures show.")
final class ClassifyCommand extends Command {
  @Parameters(paramLabel = "PICTURE", arity = "1..*", description = "JPEG, PNG, GIF, BMP or WebP files.")
  private List<Path> pictures = List.of();

  @Option(names = "--model", paramLabel = "MODEL", description = "A network, as listed by models; by default the one that --weights says, or one "
      + "that comes with weights.")
  private @Nullable String model;

  @Mixin private NetworkOptions form = new NetworkOptions();
  @Mixin private WeightsOptions weights = new WeightsOptions();
  @Mixin private TunedOptions tuned = new TunedOptions();
  @Mixin private PlanOptions plan = new PlanOptions();

  @Option(names = "--labels", paramLabel = "FILE", description = "What the classes are called: a name a line, synset_words.txt or Keras's JSON.")
  private @Nullable Path labels;

  @Option(names = "--top", paramLabel = "K", description = "How many classes to name; ${DEFAULT-VALUE} by default.")
  private int top = 5;

  /** What came of one picture: predictions, or an error. */
  private record Result(Path file, List<Prediction> predictions, @Nullable String error) {
    Map<String, @Nullable Object> document() {
      if (error != null) {
        return Json.object("file", file.toString(), "error", error);
      }
      return Json.object("file", file.toString(), "predictions", predictions.stream().map(
          p -> Json.object("index", p.index(), "label", p.label(), "probability", p.probability())).toList());
    }
  }

  @Override
  public Integer call() {
    atLeastOne("--top", top);
    Decoder decoder = new Decoder(pictures);
    List<Result> results = new ArrayList<>();
    try (decoder; Classifier classifier = open()) {
      for (Path picture : pictures) {
        Result result = classify(classifier, picture, decoder.next());
        if (result.error != null) {
          err().println(Failures.line(result.error));
        }
        results.add(result);
      }
    }
    print(
        Json.object("results", results.stream().map(Result::document).toList()),
        out -> results.stream().filter(r -> r.error == null).forEach(r -> {
          if (pictures.size() > 1) {
            out.println(r.file + ":");
          }
          r.predictions.forEach(p -> out.println((pictures.size() > 1 ? "  " : "") + p));
        }));
    return results.stream().anyMatch(r -> r.error != null) ? FAILED : OK;
  }

  private Result classify(Classifier classifier, Path file, Future<Picture> picture) {
    try {
      return new Result(file, classifier.classify(picture.get(), top), null);
    } catch (ExecutionException e) {
      return new Result(file, List.of(), reason(file, e.getCause()));
    } catch (QuintetException e) {
      return new Result(file, List.of(), reason(file, e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted");
    }
  }

  private static String reason(Path file, Throwable e) {
    if (e instanceof OutOfMemoryError) {
      return file + ": it needs more than " + (Runtime.getRuntime().maxMemory() >> 20) + " MiB of Java heap; give more: QUINTET_JAVA_OPTIONS=-Xmx8g";
    }
    String message = Failures.message(e);
    return message.contains(file.toString()) ? message : file + ": " + message;
  }

  private Classifier open() {
    Path file = weights.file();
    if (plan.given() && file != null) {
      throw usage("--plan has the weights: --weights does not go with it");
    }
    Path source = plan.orElse(weights);
    TrainedAs trained = source == null ? null : TrainedAs.of(source);
    ModelBuilder network = network(source, trained);
    Labels names = names(network, trained);
    if (plan.given()) {
      return open(network, names);
    }
    if (file != null) {
      return form.bind(network, () -> Classifier.load(network, file, names, tuned.apply(weights.apply(compileOptions()))));
    }
    if (network.info().embeddedWeights(network.variant().variant()).isEmpty()) {
      throw usage(network.info().name() + " " + network.variant().variant().label() + " comes without weights: give --weights FILE");
    }
    return Classifier.load(network, names, tuned.apply(compileOptions()));
  }

  private Classifier open(ModelBuilder network, Labels names) {
    Classifier classifier = Classifier.loadPlan(network, plan.path(), names);
    checkAgreement(plan.path(), classifier.options());
    return classifier;
  }

  /** What the classes are called: as given, as the file says if they are so many, or as usual. */
  private Labels names(ModelBuilder network, @Nullable TrainedAs trained) {
    if (labels != null) {
      return Labels.read(labels);
    }
    return trained != null && trained.labels().size() == network.classes() ? Labels.of(trained.labels()) : network.labels();
  }

  /** The network asked for, or that the file is for; where weights are left to us too, in a form that comes with them. */
  private ModelBuilder network(@Nullable Path file, @Nullable TrainedAs trained) {
    if (model == null && trained == null && (file != null || form.hasVariant())) {
      throw usage("--weights, --plan and --variant need --model: whose they are");
    }
    String name = model != null ? model : trained != null ? trained.network() : embeddedDefault();
    ModelBuilder network = form.builder(this, name, file, trained);
    if (file == null && !form.hasVariant()) {
      network.info().embeddedVariant().ifPresent(v -> network.variant(v.variant()));
    }
    return network;
  }

  /** The first network of the registry that comes with weights. */
  private String embeddedDefault() {
    return Models.all().stream()
        .filter(m -> m.embeddedVariant().isPresent())
        .map(ModelInfo::name)
        .findFirst()
        .orElseThrow(() -> usage("no network comes with weights: say which one and give them, as --model googlenet --weights FILE"));
  }

  /** Decodes pictures on a thread of its own, one ahead of the network: the first while the network is being compiled. */
  private static final class Decoder implements AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
      Thread made = new Thread(task, "decoder");
      made.setDaemon(true);
      return made;
    });
    private final List<Path> files;
    private int next;
    private Future<Picture> ahead;

    Decoder(List<Path> files) {
      this.files = files;
      this.ahead = submit(0);
    }

    /** The next picture, the one behind it already begun. */
    Future<Picture> next() {
      Future<Picture> picture = ahead;
      next++;
      if (next < files.size()) {
        ahead = submit(next);
      }
      return picture;
    }

    private Future<Picture> submit(int index) {
      return thread.submit(() -> Picture.decode(files.get(index)));
    }

    @Override
    public void close() {
      thread.shutdownNow();
    }
  }
}
