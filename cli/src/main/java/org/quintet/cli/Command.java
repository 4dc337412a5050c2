package org.quintet.cli;

import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.quintet.CompileOptions;
import org.quintet.Precision;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all commands have: where they print, and the options that all of them take. */
abstract class Command implements Callable<Integer> {
  static final int OK = 0;
  static final int FAILED = 1;

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Option(names = "--debug", description = "Log more, and print the stack of an error.")
  private boolean debug;

  @Option(names = "--threads", paramLabel = "N", description = "Threads that compute one run; by default all that are allowed.")
  private @Nullable Integer threads;

  @Option(names = "--precision", paramLabel = "P", description = "What is promised about the numbers: ${COMPLETION-CANDIDATES}.",
      completionCandidates = PrecisionName.class)
  private Precision precision = Precision.EXACT;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this.")
  private boolean help;

  private PrintStream out = System.out;
  private PrintStream err = System.err;

  /** Where results and messages go. */
  void connect(PrintStream results, PrintStream messages) {
    this.out = results;
    this.err = messages;
  }

  /** Does the work; what it throws becomes one line and status 1. */
  @Override
  public abstract Integer call();

  /** Whether errors come with their stacks. */
  boolean debug() {
    return debug;
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  /** Prints {@code document} if JSON was asked for, else {@code text}. */
  void print(Map<String, ?> document, Text text) {
    if (json) {
      out.println(Json.write(document));
    } else {
      text.print(out);
    }
  }

  /** Prints for a person. */
  interface Text {
    void print(PrintStream out);
  }

  /** Threads that compute; 0: all that are allowed. */
  int threads() {
    return threads == null ? 0 : atLeastOne("--threads", threads);
  }

  /** How to compile, as far as all commands can say it. */
  CompileOptions compileOptions() {
    return CompileOptions.defaults().precision(precision).threads(threads());
  }

  /** The promise asked for, as it is written on the command line. */
  String precisionName() {
    return PrecisionName.of(precision);
  }

  /** {@code value}, or a usage error. */
  int atLeastOne(String option, int value) {
    if (value < 1) {
      throw usage(option + " is " + value + ", the least is 1");
    }
    return value;
  }

  /** Status 2 with this message. */
  ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
