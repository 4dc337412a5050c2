package org.quintet.benchmarks;

import java.nio.FloatBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Precision;
import org.quintet.Session;
import org.quintet.Weights;

/** Time from a picture in the session's input to logits in its output, for every network. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 3)
@Fork(1)
public class LatencyBenchmark {
  @Param({"lenet5", "alexnet", "vgg16", "vgg19", "googlenet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"})
  public String network = "lenet5";

  @Param({"1", "2"})
  public int threads = 1;

  @Param({"EXACT", "FAST"})
  public Precision precision = Precision.EXACT;

  @Param("1")
  public int batch = 1;

  @SuppressWarnings("NullAway.Init")
  private Model model;

  @SuppressWarnings("NullAway.Init")
  private Session session;

  /** Compiles the network and puts a picture in. */
  @Setup
  public void compile() {
    Network subject = Subject.network(network);
    try (Weights weights = Subject.weights(subject)) {
      model =
          subject.compile(
              weights, CompileOptions.defaults().precision(precision).threads(threads).batch(batch).heads(Subject.mainHead(subject)));
    }
    session = model.session();
    Subject.fill(session.input());
  }

  /** Frees the model. */
  @TearDown
  public void close() {
    model.close();
  }

  /** One run. */
  @Benchmark
  public FloatBuffer run() {
    session.run();
    return session.output();
  }
}
