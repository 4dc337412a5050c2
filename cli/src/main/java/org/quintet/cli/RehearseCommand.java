package org.quintet.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import picocli.CommandLine;

/**
 * {@code rehearse}: does a little of everything. The launcher runs it once after a build, to keep the classes that commands need in an
 * archive from which Java starts faster.
 */
@CommandLine.Command(name = "rehearse", hidden = true, description = "Do a little of everything, for the launcher's archive of classes.")
final class RehearseCommand extends Command {
  @Override
  public Integer call() {
    try {
      Path folder = Files.createTempDirectory("quintet-rehearsal-");
      try {
        rehearse(folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return OK;
  }

  private void rehearse(Path folder) throws IOException {
    String picture = picture(folder, "jpg");
    String other = picture(folder, "png");
    String weights = folder.resolve("weights.onnx").toString();
    play("info", "--json");
    play("models");
    play("summary", "lenet5", "--json");
    play("bench", "googlenet", "--variant", "torchvision", "--seconds", "0", "--profile", "--json", "--onnx-out", weights);
    play("classify", picture, other, "--model", "googlenet", "--variant", "torchvision", "--weights", weights, "--json");
    String plan = folder.resolve("googlenet.plan").toString();
    play("compile", "googlenet", "--variant", "torchvision", "--weights", weights, "--output", plan);
    play("classify", picture, "--model", "googlenet", "--variant", "torchvision", "--plan", plan, "--json");
    play("classify", picture, "--no-such-option");
  }

  private void play(String... arguments) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    int status = QuintetCli.execute(nowhere, nowhere, arguments);
    out().println(String.join(" ", arguments) + ": " + status);
  }

  private static String picture(Path folder, String format) throws IOException {
    Path file = folder.resolve("picture." + format);
    ImageIO.write(new BufferedImage(300, 280, BufferedImage.TYPE_3BYTE_BGR), format, file.toFile());
    return file.toString();
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
