package org.quintet.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.quintet.Quintet;
import picocli.CommandLine;

/** {@code info}: the machine as Quintet sees it. */
@CommandLine.Command(name = "info", description = "Print what is known of the machine, the libraries in use and where they were loaded from.")
final class InfoCommand extends Command {
  @Override
  public Integer call() {
    Map<String, Object> cpu = Json.readObject(Quintet.cpuReport());
    Map<String, @Nullable Object> document = new LinkedHashMap<>(cpu);
    document.remove("onednn");
    int threads = compileOptions().threads();
    if (threads > 0) {
      document.put("threads", threads);
    }
    document.put("precision", precisionName());
    document.put("versions", Versions.of(cpu));
    document.put("natives", Quintet.nativeLibraries().stream().map(Path::toString).toList());
    document.put("native_memory_bytes", Quintet.nativeMemory());
    document.put("peak_native_memory_bytes", Quintet.peakNativeMemory());
    document.put("rss_bytes", ProcessMemory.resident());
    document.put("peak_rss_bytes", ProcessMemory.peak());
    print(document, out -> document.forEach((name, value) -> out.print(Table.fact(name, value))));
    return OK;
  }
}
