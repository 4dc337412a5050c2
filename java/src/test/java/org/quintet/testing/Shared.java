package org.quintet.testing;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds the goldens and data that lie beside the project, in the directory named by the system property {@code quintet.shared} or
 * the environment's {@code QUINTET_SHARED}.
 *
 * <p>A test whose files are missing is skipped, unless {@code QUINTET_REQUIRE_SHARED=1} is set in the environment: then it fails.
 */
public final class Shared {
  private Shared() {}

  /** The file or directory {@code relative}, which exists; otherwise the calling test ends here. */
  public static Path path(String relative) {
    Path path = root().resolve(relative);
    if (Files.exists(path)) {
      return path;
    }
    String message = path + " is missing; -Dquintet.shared or QUINTET_SHARED names the directory of goldens and data";
    if ("1".equals(System.getenv("QUINTET_REQUIRE_SHARED"))) {
      return fail(message);
    }
    return abort(message);
  }

  private static Path root() {
    String environment = System.getenv("QUINTET_SHARED");
    String property = System.getProperty("quintet.shared");
    Path root = Path.of(environment != null ? environment : property != null ? property : "../shared");
    return root.toAbsolutePath().normalize();
  }
}
