package org.quintet.benchmarks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.quintet.CompileOptions;
import org.quintet.Graph;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Session;
import org.quintet.Weights;

/** What a run costs beside its arithmetic: the way through Java, JNI and the lanes of a network that does next to nothing. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class CrossingBenchmark {
  private static final int VALUES = 4;

  private final float[] array = new float[VALUES];
  private final float[] result = new float[VALUES];
  private final FloatBuffer input = direct();
  private final FloatBuffer output = direct();

  @SuppressWarnings("NullAway.Init")
  private Model model;

  @SuppressWarnings("NullAway.Init")
  private Session session;

  /** A network that copies four numbers. */
  @Setup
  public void compile() {
    Graph graph = new Graph("nothing");
    graph.head("main", graph.input(VALUES, 1, 1).flatten("flatten"), null);
    Network network = graph.build("benchmark");
    try (Weights weights = Weights.random(network, 1)) {
      model = network.compile(weights, CompileOptions.defaults().threads(1));
    }
    session = model.session();
  }

  /** Frees the model. */
  @TearDown
  public void close() {
    model.close();
  }

  /** On the session's own buffers. */
  @Benchmark
  public void run() {
    session.run();
  }

  /** On the caller's buffers. */
  @Benchmark
  public void runOnBuffers() {
    session.run(input, output);
  }

  /** On arrays, which are copied. */
  @Benchmark
  public void runOnArrays() {
    session.run(array, result);
  }

  /** By the model, which lends a session and makes an array for the answer. */
  @Benchmark
  public float[] runByModel() {
    return model.run(array);
  }

  private static FloatBuffer direct() {
    return ByteBuffer.allocateDirect(Float.BYTES * VALUES).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }
}
