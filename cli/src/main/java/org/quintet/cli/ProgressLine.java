package org.quintet.cli;

import java.io.PrintStream;
import org.quintet.quantization.Progress;

/** Shows a person how far work is, on one line that goes away; nobody else is told. */
final class ProgressLine implements Progress, AutoCloseable {
  private static final long REFRESH_NS = 100_000_000;
  private static final String CLEAR = "\r\033[K";

  private final PrintStream err;
  private final boolean terminal;
  private String stage = "";
  private long drawn;
  private boolean shown;

  ProgressLine(PrintStream err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  @Override
  public void at(String newStage, int done, int total) {
    long now = System.nanoTime();
    if (terminal && (!newStage.equals(stage) || now - drawn >= REFRESH_NS)) {
      stage = newStage;
      drawn = now;
      shown = true;
      err.print(CLEAR + newStage + (total > 1 ? " " + done + "/" + total : ""));
      err.flush();
    }
  }

  @Override
  public void close() {
    if (shown) {
      err.print(CLEAR);
      err.flush();
      shown = false;
    }
  }
}
