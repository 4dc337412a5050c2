package org.quintet.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Session;
import org.quintet.Weights;
import org.quintet.models.ModelBuilder;
import org.quintet.weights.Npy;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code run}: raw tensors through a network. */
@CommandLine.Command(
    name = "run",
    description = "Run a network on raw tensors, N,C,H,W float32.",
    footer = {
      "",
      "The input is a .npy file, or the only tensor of a .safetensors file or the one called input; its first dimension is the batch.",
      "An output .npy gets the main head's logits or the one layer named; an output .safetensors gets every head's <head>.logits and",
      "<head>.softmax, and every layer named."
    })
final class RunCommand extends Command {
  @Parameters(paramLabel = "MODEL", description = "A network, as listed by models.")
  private String model = "";

  @Mixin private NetworkOptions form = new NetworkOptions();
  @Mixin private WeightsOptions weights = new WeightsOptions();
  @Mixin private TunedOptions tuned = new TunedOptions();
  @Mixin private PlanOptions plan = new PlanOptions();

  @Option(names = "--input", paramLabel = "FILE", required = true, description = "A .npy or .safetensors file.")
  private Path input = Path.of("");

  @Option(names = "--output", paramLabel = "FILE", required = true, description = "A .npy or .safetensors file.")
  private Path output = Path.of("");

  @Option(names = "--layer", paramLabel = "NAME", arity = "1..*", description = "Layers whose values are wanted as well, as named by summary.")
  private List<String> layers = new ArrayList<>();

  @Option(names = "--without", paramLabel = "PASS", arity = "1..*", description = "Passes of the compiler to switch off.")
  private List<String> without = new ArrayList<>();

  @Override
  public Integer call() {
    OutputFile file = outputFile();
    if (plan.given() == (weights.file() != null)) {
      throw usage("run needs either --weights FILE or --plan FILE");
    }
    ModelBuilder builder = form.builderFor(this, model, plan.orElse(weights));
    Network network = plan.network(builder);
    Npy pictures = TensorFiles.readPictures(input, network);
    int batch = Math.toIntExact(pictures.shape()[0]);
    CompileOptions options = options(network, file).batch(batch);
    try (Model compiled = compile(builder, network, options); Session session = compiled.session(batch)) {
      session.input().put(pictures.values());
      session.run();
      file.write(output, compiled, session);
      print(
          Json.object(
              "model", network.name(),
              "variant", network.variant(),
              "batch", batch,
              "output", output.toString(),
              "tensors", compiled.outputs().stream().map(n -> Json.object("name", n, "shape", session.outputShape(n))).toList()),
          out -> compiled.outputs().forEach(n -> out.println(n + "  " + Table.shape(session.outputShape(n)))));
    }
    return OK;
  }

  private Model compile(ModelBuilder builder, Network network, CompileOptions options) {
    Path file = weights.file();
    if (file == null) {
      return load(network);
    }
    try (Weights opened = Weights.open(file)) {
      return form.bind(builder, () -> network.compile(opened, options));
    }
  }

  private Model load(Network network) {
    if (!layers.isEmpty()) {
      throw usage("a saved plan has the main head only: --layer needs --weights");
    }
    return plan.load(this, network);
  }

  private OutputFile outputFile() {
    OutputFile file = OutputFile.of(output);
    if (file == null) {
      throw usage(output + " is neither .npy nor .safetensors");
    }
    if (file == OutputFile.NPY && layers.size() > 1) {
      throw usage("a .npy file holds one tensor, and " + layers.size() + " layers are asked for; give a .safetensors file");
    }
    return file;
  }

  private CompileOptions options(Network network, OutputFile file) {
    CompileOptions options = tuned.apply(weights.apply(compileOptions())).without(without.toArray(String[]::new));
    if (file == OutputFile.NPY && layers.isEmpty()) {
      return options.heads(BenchCommand.mainLogits(network));
    }
    String[] nodes = layers.stream().map(name -> layer(network, name)).distinct().toArray(String[]::new);
    return options.outputs(nodes);
  }

  private String layer(Network network, String name) {
    if (network.nodes().contains(name)) {
      return name;
    }
    String close = network.nodes().stream().filter(n -> n.startsWith(name) || name.startsWith(n)).limit(5).reduce((a, b) -> a + ", " + b)
        .map(names -> "; close are " + names).orElse("");
    throw usage(network + " has no layer " + name + close + "; see quintet summary " + Arrays.asList(network.name(), "--variant", network.variant())
        .stream().reduce((a, b) -> a + " " + b).orElse(""));
  }
}
