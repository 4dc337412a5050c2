package org.quintet.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.quintet.EpochMetrics;
import org.quintet.Evaluation;
import org.quintet.FitListener;

/**
 * Shows a person how training goes: a bar while an epoch runs, if there is a terminal, and a line for each that is done.
 *
 * <p>No library draws it. The one that comes into question, me.tongfei:progressbar, knows steps per second but no milliseconds a step, so that
 * all of the line's text would be made here anyway; it draws from a thread of its own while the core computes on all others, leaves every
 * epoch's bar on the screen, and brings jline-terminal along, which loads native code to find out what a line on stderr needs not.
 */
final class TrainingReport implements FitListener, AutoCloseable {
  private static final int BAR = 24;
  private static final long REFRESH_NS = 200_000_000;
  private static final String CLEAR = "\r\033[K";

  private final PrintStream err;
  private final boolean terminal;
  private final @Nullable MetricsFile metrics;
  private int epochs;
  private long updatesBefore;
  private boolean shown;
  private long drawn;
  private long stepped;
  /** Of the latest steps, smoothed; 0 before the first. */
  private double stepMs;

  TrainingReport(PrintStream err, boolean terminal, @Nullable MetricsFile metrics) {
    this.err = err;
    this.terminal = terminal;
    this.metrics = metrics;
  }

  @Override
  public void onStart(Progress start, List<EpochMetrics> before) {
    epochs = start.epochs();
    stepped = System.nanoTime();
    before.forEach(this::record);
  }

  @Override
  public void onStep(Progress progress) {
    long now = System.nanoTime();
    double taken = (now - stepped) / 1e6;
    stepMs = stepMs == 0 ? taken : stepMs + 0.05 * (taken - stepMs);
    stepped = now;
    if (terminal && now - drawn >= REFRESH_NS) {
      drawn = now;
      shown = true;
      err.print(CLEAR + line(progress));
      err.flush();
    }
  }

  private String line(Progress progress) {
    int filled = (int) ((long) BAR * progress.step() / progress.steps());
    String bar = "=".repeat(filled) + (filled < BAR ? ">" : "") + " ".repeat(Math.max(0, BAR - filled - 1));
    long stepsLeft = (long) (progress.epochs() - progress.epoch()) * progress.steps() - progress.step();
    return String.format(Locale.ROOT, "epoch %d/%d [%s] %d/%d  %.1f ms/step  loss %.4f  accuracy %.4f  ETA %s",
        progress.epoch() + 1, progress.epochs(), bar, progress.step(), progress.steps(), stepMs, progress.loss(), progress.accuracy(),
        time(stepsLeft * stepMs / 1000));
  }

  /** As 0:42, 12:05 or 1:02:33. */
  private static String time(double seconds) {
    long s = Math.round(seconds);
    return s < 3600 ? String.format(Locale.ROOT, "%d:%02d", s / 60, s % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }

  @Override
  public void onEpoch(EpochMetrics epoch) {
    clear();
    long steps = epoch.steps() - updatesBefore;
    Evaluation validation = epoch.validation();
    String validated = validation == null ? ""
        : String.format(Locale.ROOT, "; validation loss %.4f, accuracy %.4f", validation.loss(), validation.accuracy());
    err.printf(Locale.ROOT, "epoch %d/%d: loss %.4f, accuracy %.4f%s (%.1f s, %.1f ms/step)%n",
        epoch.epoch() + 1, epochs, epoch.loss(), epoch.accuracy(), validated, epoch.seconds(), 1000 * epoch.seconds() / Math.max(1, steps));
    record(epoch);
    stepped = System.nanoTime();
  }

  private void record(EpochMetrics epoch) {
    updatesBefore = epoch.steps();
    if (metrics != null) {
      metrics.add(epoch);
    }
  }

  /** Takes the bar away. */
  void clear() {
    if (shown) {
      err.print(CLEAR);
      shown = false;
    }
  }

  @Override
  public void close() {
    clear();
  }
}
