package org.quintet.benchmarks.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.StringJoiner;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Session;
import org.quintet.Weights;
import org.quintet.benchmarks.Subject;

/**
 * What {@link StartBenchmark} starts: loads one network into one library, answers once, says so at once, and then what it took.
 *
 * <p>Arguments: {@code weights}, {@code plan} or {@code onnxruntime}; the network; the file; threads.
 */
public final class StartProgram {
  private static final int BOUNDARY = 64;

  private StartProgram() {}

  /** See the class. */
  public static void main(String[] arguments) throws IOException, OrtException {
    long start = System.nanoTime();
    Path file = Path.of(arguments[2]);
    int threads = Integer.parseInt(arguments[3]);
    switch (arguments[0]) {
      case "weights", "plan" -> quintet(start, arguments[1], file, threads, arguments[0].equals("plan"));
      case "onnxruntime" -> onnxRuntime(start, file, threads);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void quintet(long start, String name, Path file, int threads, boolean plan) throws IOException {
    Network network = Subject.network(name);
    try (Model model = plan ? network.load(file) : compiled(network, file, threads)) {
      long loaded = System.nanoTime();
      try (Session session = model.session()) {
        Subject.fill(session.input());
        long filled = System.nanoTime();
        session.run();
        answered(start, loaded, filled, session.output());
      }
    }
  }

  private static Model compiled(Network network, Path file, int threads) {
    try (Weights weights = Weights.open(file)) {
      return network.compile(weights, CompileOptions.defaults().threads(threads).heads(Subject.mainHead(network)));
    }
  }

  private static void onnxRuntime(long start, Path file, int threads) throws IOException, OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(threads);
    options.setInterOpNumThreads(1);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toString(), options)) {
      long loaded = System.nanoTime();
      long[] shape = shape(session);
      int values = (int) (shape[1] * shape[2] * shape[3]);
      FloatBuffer picture = ByteBuffer.allocateDirect(Float.BYTES * values + BOUNDARY).alignedSlice(BOUNDARY).order(ByteOrder.nativeOrder()).asFloatBuffer();
      picture.limit(values);
      Subject.fill(picture);
      long filled = System.nanoTime();
      try (OnnxTensor input = OnnxTensor.createTensor(environment, picture, shape); OrtSession.Result result = session.run(Map.of("input", input))) {
        answered(start, loaded, filled, ((OnnxTensor) result.get(0)).getFloatBuffer());
      }
    }
  }

  private static long[] shape(OrtSession session) throws OrtException {
    long[] shape = ((ai.onnxruntime.TensorInfo) session.getInputInfo().get("input").getInfo()).getShape();
    shape[0] = 1;
    return shape;
  }

  private static void answered(long start, long loaded, long filled, FloatBuffer logits) throws IOException {
    long end = System.nanoTime();
    System.out.println("answered");
    System.out.flush();
    System.out.println("load_ms=" + (loaded - start) / 1e6);
    System.out.println("first_run_ms=" + (end - filled) / 1e6);
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:") || line.startsWith("RssAnon:") || line.startsWith("RssFile:")) {
        System.out.println(line.substring(0, line.indexOf(':')) + "=" + Long.parseLong(line.replaceAll("\\D", "")) * 1024);
      }
    }
    StringJoiner values = new StringJoiner(",");
    while (logits.hasRemaining()) {
      values.add(Float.toString(logits.get()));
    }
    System.out.println("logits=" + values);
  }
}
