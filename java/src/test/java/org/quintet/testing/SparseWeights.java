package org.quintet.testing;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.StringJoiner;
import org.quintet.Network;

/** Weight files as large as may be wanted that take no room on the disk: every number is 0. */
public final class SparseWeights {
  private SparseWeights() {}

  /** Writes zeros for every parameter of {@code network} as safetensors, in float32. */
  public static void write(Path path, Network network) throws IOException {
    StringJoiner entries = new StringJoiner(",", "{", "}");
    long offset = 0;
    for (Network.Parameter parameter : network.parameters()) {
      long end = offset + Float.BYTES * parameter.elements();
      String shape = Arrays.toString(parameter.shape()).replace(" ", "");
      entries.add("\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}".formatted(parameter.name(), shape, offset, end));
      offset = end;
    }
    byte[] header = entries.toString().getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
      file.write(header);
      file.setLength(Long.BYTES + header.length + offset);
    }
  }
}
