package org.quintet.cli;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.quintet.EpochMetrics;

/** Loss and accuracy over the epochs as a picture. */
final class LearningCurves {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 420;

  private LearningCurves() {}

  /** Whether a picture can have this name. */
  static boolean isPossible(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".png") || name.endsWith(".svg");
  }

  /** Writes a PNG or SVG, by the name: loss on the left, accuracy on the right. */
  static void write(Path file, String title, List<EpochMetrics> epochs) {
    if (epochs.isEmpty()) {
      return;
    }
    XYChart loss = chart(
        title, "loss", LegendPosition.InsideNE, epochs, EpochMetrics::loss, e -> Objects.requireNonNull(e.validation()).loss());
    XYChart accuracy = chart(
        title, "accuracy", LegendPosition.InsideSE, epochs, EpochMetrics::accuracy,
        e -> Objects.requireNonNull(e.validation()).accuracy());
    try {
      boolean vector = file.toString().toLowerCase(Locale.ROOT).endsWith(".svg");
      Files.write(file, vector ? svg(loss, accuracy) : png(loss, accuracy));
    } catch (IOException e) {
      throw new CommandException(file + ": cannot be written: " + e);
    }
  }

  private static XYChart chart(
      String title, String what, LegendPosition legend, List<EpochMetrics> epochs, ToDoubleFunction<EpochMetrics> training,
      ToDoubleFunction<EpochMetrics> validation) {
    XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle("epoch").yAxisTitle(what).build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE).setLegendPosition(legend);
    chart.getStyler().setXAxisDecimalPattern("0").setLegendVisible(true);
    add(chart, "training " + what, epochs, training);
    List<EpochMetrics> validated = epochs.stream().filter(e -> e.validation() != null).toList();
    if (!validated.isEmpty()) {
      add(chart, "validation " + what, validated, validation);
    }
    return chart;
  }

  private static void add(XYChart chart, String name, List<EpochMetrics> epochs, ToDoubleFunction<EpochMetrics> value) {
    List<Integer> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    for (EpochMetrics epoch : epochs) {
      x.add(epoch.epoch() + 1);
      y.add(value.applyAsDouble(epoch));
    }
    chart.addSeries(name, x, y).setMarker(SeriesMarkers.CIRCLE);
  }

  private static byte[] png(XYChart left, XYChart right) throws IOException {
    BufferedImage both = new BufferedImage(2 * WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    both.createGraphics().drawImage(BitmapEncoder.getBufferedImage(left), 0, 0, null);
    both.createGraphics().drawImage(BitmapEncoder.getBufferedImage(right), WIDTH, 0, null);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(both, "png", out);
    return out.toByteArray();
  }

  /** One document with the two charts side by side. */
  private static byte[] svg(XYChart left, XYChart right) throws IOException {
    return ("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + 2 * WIDTH + "\" height=\"" + HEIGHT + "\">\n"
        + "<svg x=\"0\">" + body(left) + "</svg>\n<svg x=\"" + WIDTH + "\">" + body(right) + "</svg>\n</svg>\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String body(XYChart chart) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    VectorGraphicsEncoder.saveVectorGraphic(chart, out, VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
    String document = out.toString(StandardCharsets.UTF_8);
    return document.substring(document.indexOf("<svg"));   // without the XML declaration and document type
  }
}
