package org.quintet.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.quintet.CompileOptions;
import org.quintet.Network;
import org.quintet.Weights;
import picocli.CommandLine.Option;

/** Where numbers come from. */
final class WeightsOptions {
  private static final long SEED = 7;

  @Option(names = "--weights", paramLabel = "FILE", description = "Weights: safetensors, or an ONNX model's initializers.")
  private @Nullable Path file;

  @Option(names = "--ignore-unused", description = "Accept weights that the network has no place for.")
  private boolean ignoreUnused;

  /** The file named, if any. */
  @Nullable Path file() {
    return file;
  }

  /** The numbers in the file named, or random ones. */
  Weights openOrRandom(Network network) {
    return file == null ? Weights.random(network, SEED) : Weights.open(file);
  }

  /** {@code options} with what was said here about left over weights. */
  CompileOptions apply(CompileOptions options) {
    return ignoreUnused ? options.ignoreUnused() : options;
  }
}
