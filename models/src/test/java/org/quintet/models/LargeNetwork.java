package org.quintet.models;

import java.nio.file.Path;
import org.quintet.CompileOptions;
import org.quintet.Model;
import org.quintet.Network;
import org.quintet.Quintet;
import org.quintet.Session;
import org.quintet.Weights;
import org.quintet.testing.ProcessStatus;

/** Loads a large weight file, runs it once, and reports what that took. */
final class LargeNetwork {
  private LargeNetwork() {}

  /** Arguments: network, variant, weight file. */
  public static void main(String[] arguments) {
    Network network = Models.builder(arguments[0]).variant(Variant.of(arguments[1])).build();
    ProcessStatus.report("native", Quintet.nativeMemory());   // loads the libraries
    long before = ProcessStatus.resident();
    try (Model model = load(network, Path.of(arguments[2])); Session session = model.session()) {
      session.run();
      ProcessStatus.report("peak", ProcessStatus.peakResident() - before);
      ProcessStatus.report("after", ProcessStatus.resident() - before);
      ProcessStatus.report("packed", model.packedBytes());
      ProcessStatus.report("arena", model.arenaBytes());
      ProcessStatus.report("native", Quintet.nativeMemory());
    }
    ProcessStatus.report("closed", Quintet.nativeMemory());
  }

  private static Model load(Network network, Path file) {
    try (Weights weights = Weights.open(file)) {
      return network.compile(weights, CompileOptions.defaults().threads(1));
    }
  }
}
