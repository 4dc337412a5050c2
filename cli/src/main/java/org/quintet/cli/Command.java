package org.quintet.cli;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private @Nullable Precision precision;

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
    return CompileOptions.defaults().precision(precision()).threads(threads());
  }

  /** The promise asked for, as it is written on the command line. */
  String precisionName() {
    return PrecisionName.of(precision());
  }

  private Precision precision() {
    return precision == null ? Precision.EXACT : precision;
  }

  /** Fails if threads or precision were asked for that are not those of a saved plan. */
  void checkAgreement(Path plan, CompileOptions saved) {
    if (precision != null && precision != saved.precision()) {
      throw new CommandException("%s was compiled for --precision %s, not %s".formatted(plan, PrecisionName.of(saved.precision()), precisionName()));
    }
    if (threads != null && threads != saved.threads()) {
      throw new CommandException("%s was compiled for --threads %d, not %d".formatted(plan, saved.threads(), threads));
    }
  }

  /** That a file can be written there, as far as one can see before hours of work are done. */
  static void checkPlace(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      throw new CommandException(file + ": there is no folder " + parent);
    }
    if (Files.isDirectory(file)) {
      throw new CommandException(file + ": it is a directory");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new CommandException(file + ": it is no regular file");
    }
    if (parent != null && !Files.isWritable(parent)) {
      throw new CommandException(file + ": nothing may be written to " + parent);
    }
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
