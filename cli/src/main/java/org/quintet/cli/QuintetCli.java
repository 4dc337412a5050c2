package org.quintet.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.quintet.Quintet;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** All commands. One more is one more class in the list. */
@CommandLine.Command(
    name = "quintet",
    description = "Convolutional networks from LeNet-5 to ResNet, on the CPU at hand.",
    versionProvider = QuintetCli.Version.class,
    mixinStandardHelpOptions = true)
public final class QuintetCli implements Callable<Integer> {
  private static final List<Class<? extends Command>> COMMANDS = List.of(
      ModelsCommand.class,
      SummaryCommand.class,
      ClassifyCommand.class,
      RunCommand.class,
      BenchCommand.class,
      TuneCommand.class,
      CompileCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      QuantizeCommand.class,
      InfoCommand.class,
      RehearseCommand.class);

  @Spec private CommandSpec spec;

  /** Made by {@link #execute}. */
  QuintetCli() {}

  /**
   * Runs one command.
   *
   * @param out gets the results
   * @param err gets progress, logs and errors
   * @param arguments the command's name first
   * @return 0 ok, 1 failed, 2 asked wrongly
   */
  public static int execute(PrintStream out, PrintStream err, String... arguments) {
    Failures failures = new Failures(err);
    Factory factory = new Factory(out, err);
    CommandLine line = new CommandLine(new QuintetCli(), factory);
    commandsFor(arguments).forEach(command -> line.addSubcommand(new CommandLine(command, factory)));
    line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    line.setParameterExceptionHandler((e, a) -> failures.usage(e));
    line.setExecutionExceptionHandler((e, command, parsed) -> failures.failed(e, command));
    line.registerConverter(org.quintet.Precision.class, PrecisionName::parse);
    line.registerConverter(InputShape.class, InputShape::parse);
    try {
      return line.execute(arguments);
    } catch (OutOfMemoryError e) {
      return failures.outOfMemory(e);
    }
  }

  /** The one command that is called, or all of them: looking at each takes longer than many a command itself. */
  private static List<Class<? extends Command>> commandsFor(String[] arguments) {
    return COMMANDS.stream()
        .filter(type -> arguments.length > 0 && arguments[0].equals(type.getAnnotation(CommandLine.Command.class).name()))
        .findFirst()
        .<List<Class<? extends Command>>>map(List::of)
        .orElse(COMMANDS);
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "no command; there are " + String.join(", ", Failures.commands(spec)));
  }

  /** Gives the commands their streams. */
  private record Factory(PrintStream out, PrintStream err) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      K made = CommandLine.defaultFactory().create(type);
      if (made instanceof Command command) {
        command.connect(out, err);
      }
      return made;
    }
  }

  /** {@code quintet --version}. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"quintet " + Quintet.version()};
    }
  }
}
