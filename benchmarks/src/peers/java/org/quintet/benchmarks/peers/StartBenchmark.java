package org.quintet.benchmarks.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.benchmarks.Subject;
import org.quintet.onnx.OnnxWriter;

/**
 * How long a new Java process takes from its start to its first answer, and the most memory that it has in use: Quintet from weights, Quintet
 * from a saved plan, and ONNX Runtime, in turns, on the same weights, whose answers are compared.
 *
 * <p>Arguments: {@code rounds}, {@code threads}, then networks (all of them if there is none). Prints a table of medians.
 */
public final class StartBenchmark {
  private static final List<String> WAYS = List.of("weights", "plan", "onnxruntime");
  private static final List<String> NETWORKS =
      List.of("lenet5", "alexnet", "vgg16", "vgg19", "googlenet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152");

  private StartBenchmark() {}

  /** What one process took. */
  private record Start(double totalMs, Map<String, String> facts) {
    double number(String name) {
      return Double.parseDouble(facts.getOrDefault(name, "NaN"));
    }
  }

  /** See the class. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
    List<String> networks = arguments.length > 2 ? List.of(arguments).subList(2, arguments.length) : NETWORKS;
    System.out.printf("%-10s %-12s %12s %10s %12s %12s %12s%n", "network", "from", "start..1st", "load", "first run", "peak RSS", "anonymous");
    for (String network : networks) {
      Path folder = Files.createTempDirectory("quintet-start-");
      try {
        measure(network, folder, rounds, threads);
      } finally {
        delete(folder);
      }
    }
  }

  private static void measure(String name, Path folder, int rounds, int threads) throws IOException, InterruptedException {
    Map<String, Path> files = new LinkedHashMap<>();
    WAYS.forEach(way -> files.put(way, folder.resolve(name + "." + way)));
    Network network = Subject.network(name);
    try (Weights weights = Subject.weights(network)) {
      weights.save(files.get("weights"));
      OnnxWriter.write(files.get("onnxruntime"), network, weights);
      try (Model model = network.compile(weights, CompileOptions.defaults().threads(threads).heads(Subject.mainHead(network)))) {
        model.save(files.get("plan"));
      }
    }
    Map<String, List<Start>> starts = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (String way : WAYS) {
        Start start = start(way, name, files.get(way), threads);
        if (round > 0) {   // the first one fills the page cache and unpacks libraries
          starts.computeIfAbsent(way, w -> new ArrayList<>()).add(start);
        }
      }
    }
    float[] expected = logits(starts.get("onnxruntime").get(0));
    starts.forEach((way, all) -> {
      Answers.compare(name + " from " + way, logits(all.get(0)), expected);
      System.out.printf(Locale.ROOT, "%-10s %-12s %9.1f ms %7.1f ms %9.2f ms %9.1f MB %9.1f MB%n", name, way, median(all.stream().map(Start::totalMs).toList()),
          median(all, "load_ms"), median(all, "first_run_ms"), median(all, "VmHWM") / 1e6, median(all, "RssAnon") / 1e6);
    });
  }

  private static Start start(String way, String network, Path file, int threads) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(Arrays.asList(System.getProperty("quintet.start.options", "-XX:+UseSerialGC -Xshare:auto").split(" ")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), StartProgram.class.getName(), way, network, file.toString(), Integer.toString(threads)));
    long begin = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Map<String, String> facts = new LinkedHashMap<>();
    double total = Double.NaN;
    try (BufferedReader out = process.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.equals("answered")) {
          total = (System.nanoTime() - begin) / 1e6;
        } else if (line.indexOf('=') > 0) {
          facts.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        }
      }
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + " failed");
    }
    return new Start(total, facts);
  }

  private static float[] logits(Start start) {
    String[] values = start.facts.getOrDefault("logits", "").split(",");
    float[] logits = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      logits[i] = Float.parseFloat(values[i]);
    }
    return logits;
  }

  private static double median(List<Start> starts, String fact) {
    return median(starts.stream().map(s -> s.number(fact)).toList());
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
