package org.quintet.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Small data sets in the formats that are read. */
public final class SyntheticFiles {
  private SyntheticFiles() {}

  /** A file in MNIST's format; {@code .gz} in its name compresses it. */
  public static void idx(Path file, byte[] data, int... shape) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(0x0800 | shape.length);
    for (int dim : shape) {
      out.writeInt(dim);
    }
    out.write(data);
    try (OutputStream file2 = Files.newOutputStream(file);
        OutputStream target = file.toString().endsWith(".gz") ? new GZIPOutputStream(file2) : file2) {
      target.write(bytes.toByteArray());
    }
  }

  /** Digits of so many classes that differ in which rows are white, as MNIST's files of training and of test pictures. */
  public static void mnist(Path folder, int train, int test, int classes) throws IOException {
    mnist(folder, "train", train, classes);
    mnist(folder, "t10k", test, classes);
  }

  private static void mnist(Path folder, String part, int count, int classes) throws IOException {
    byte[] pixels = new byte[count * 28 * 28];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % classes);
      for (int y = 4 + 2 * labels[i]; y < 7 + 2 * labels[i]; y++) {
        for (int x = 4; x < 24; x++) {
          pixels[(i * 28 + y) * 28 + x] = (byte) (160 + (i * 31 + x * y) % 90);
        }
      }
    }
    idx(folder.resolve(part + "-images-idx3-ubyte.gz"), pixels, count, 28, 28);
    idx(folder.resolve(part + "-labels-idx1-ubyte"), labels, count);
  }

  /** Records of CIFAR-10: label i % 10, red i, green 2 i, blue 3 i everywhere but in the first pixel, which is black. */
  public static byte[] cifar(int records) {
    byte[] data = new byte[records * 3073];
    for (int i = 0; i < records; i++) {
      data[i * 3073] = (byte) (i % 10);
      for (int p = 0; p < 3072; p++) {
        data[i * 3073 + 1 + p] = (byte) (p % 1024 == 0 ? 0 : i * (1 + p / 1024));
      }
    }
    return data;
  }
}
