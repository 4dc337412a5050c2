package org.quintet.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.quintet.CompileOptions;
import picocli.CommandLine.Option;

/** Whether layers are computed as {@code tune} has measured to be best. */
final class TunedOptions {
  @Option(names = "--tuned", description = "Compute layers as tune has measured to be best, where it has.")
  private boolean tuned;

  @Option(names = "--tuning", paramLabel = "DIR", description = "Where tune keeps its measurements, if not in Quintet's cache; implies --tuned.")
  private @Nullable Path directory;

  /** {@code options} with what was said here. */
  CompileOptions apply(CompileOptions options) {
    return directory != null ? options.tune(directory) : tuned ? options.tune() : options;
  }
}
