package org.quintet.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The process: {@code quintet COMMAND ...}. Exits with 0 if all went well, 1 if something failed, 2 if it was asked wrongly. */
public final class Main {
  private Main() {}

  /** Runs one command and ends the process. */
  public static void main(String[] arguments) {
    // Read by slf4j-simple when the first logger is made: results alone on stdout, and little beside them on stderr.
    boolean debug = Arrays.asList(arguments).contains("--debug");
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", debug ? "debug" : "warn");
    System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
    System.setProperty("org.slf4j.simpleLogger.showLogName", String.valueOf(debug));
    PrintStream out = utf8(FileDescriptor.out);
    PrintStream err = utf8(FileDescriptor.err);
    int status = QuintetCli.execute(out, err, arguments);
    out.flush();
    err.flush();
    System.exit(status);
  }

  /** JSON is UTF-8 whatever the locale says. */
  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
