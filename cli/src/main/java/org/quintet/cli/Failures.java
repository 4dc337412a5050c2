package org.quintet.cli;

import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.quintet.InternalException;
import org.quintet.QuintetException;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever goes wrong into one line {@code error: ...} and an exit status. */
final class Failures {
  private static final int USAGE = 2;

  private final PrintStream err;

  Failures(PrintStream err) {
    this.err = err;
  }

  /** The command was asked for in a way that it does not know. */
  int usage(ParameterException e) {
    CommandSpec spec = e.getCommandLine().getCommandSpec();
    boolean noCommand = spec.parent() == null && e instanceof UnmatchedArgumentException;
    String message = noCommand
        ? "no command " + ((UnmatchedArgumentException) e).getUnmatched().get(0) + "; there are " + String.join(", ", commands(spec))
        : Objects.requireNonNullElse(e.getMessage(), "wrong usage");
    err.println(line(message) + " (see " + spec.qualifiedName() + " --help)");
    return USAGE;
  }

  /** The command threw. */
  int failed(Exception e, CommandLine command) {
    err.println(line(message(e)));
    if (command.getCommand() instanceof Command shared && shared.debug()) {
      e.printStackTrace(err);
    }
    return Command.FAILED;
  }

  /** The Java heap is full. */
  int outOfMemory(OutOfMemoryError e) {
    long mebibytes = Runtime.getRuntime().maxMemory() >> 20;
    err.println(line("out of memory with " + mebibytes + " MiB of Java heap (" + e.getMessage()
        + "); give more: QUINTET_JAVA_OPTIONS=-Xmx8g"));
    return Command.FAILED;
  }

  /** Names of the commands that are no secret. */
  static List<String> commands(CommandSpec spec) {
    Stream<CommandLine> all = spec.root().subcommands().values().stream();
    return all.map(CommandLine::getCommandSpec).filter(c -> !c.usageMessage().hidden()).map(CommandSpec::name).toList();
  }

  /** What {@code e} says to a person. Only our own exceptions were written for one. */
  static String message(Throwable e) {
    if (e instanceof InternalException || !(e instanceof QuintetException || e instanceof CommandException)) {
      return e instanceof UncheckedIOException ? text(e) : "internal error, please report it: " + e + " (--debug prints where)";
    }
    return text(e);
  }

  /** {@code error: } and the message in one line. */
  static String line(String message) {
    return "error: " + message.strip().replaceAll("\\s*[\\r\\n]+\\s*", "; ").replaceAll("\\p{Cntrl}", " ");
  }

  private static String text(Throwable e) {
    return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
  }
}
