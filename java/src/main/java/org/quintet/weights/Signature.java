package org.quintet.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.quintet.internal.Memory;

/**
 * How a file begins that people hand in as weights although it is none that Quintet reads, so that the answer can say what it is.
 *
 * @param what a noun phrase for messages
 * @param offset where the signature stands
 * @param bytes the signature
 */
record Signature(String what, int offset, byte[] bytes) {
  private static final int LOOKED_AT = 1024;

  /** The most special first: a PyTorch file is also a zip archive or a pickle. */
  private static final List<Signature> ALL = List.of(
      // torch.save before 1.6 begins with a pickled magic number, 0x1950a86a20f9469cfc6c
      hex("a PyTorch file of the legacy form (pickle)", 0, "80028a0a6cfc9c46f9206aa850192e"),
      hex("a Python pickle", 0, "8002"),
      hex("a Python pickle", 0, "8003"),
      hex("a Python pickle", 0, "8004"),
      hex("a Python pickle", 0, "8005"),
      hex("an HDF5 file (Keras .h5)", 0, "894844460d0a1a0a"),
      hex("an HDF5 file", 512, "894844460d0a1a0a"),
      hex("a NumPy array", 0, "934e554d5059"),
      text("a GGUF file", 0, "GGUF"),
      text("a TensorFlow Lite model", 4, "TFL3"),
      hex("a gzip file", 0, "1f8b"),
      hex("an xz file", 0, "fd377a585a00"),
      hex("a Zstandard file", 0, "28b52ffd"),
      text("a tar archive", 257, "ustar"),
      hex("a PNG picture", 0, "89504e470d0a1a0a"),
      hex("a JPEG picture", 0, "ffd8ff"),
      text("a Git LFS pointer, not the file itself (fetch it with git lfs pull)", 0, "version https://git-lfs"));

  /** Names of the first entry that tell what a zip archive is. */
  private static final List<ZipKind> ZIPS = List.of(
      new ZipKind("a PyTorch file (zip)", "/data.pkl"),
      new ZipKind("a PyTorch file (zip)", "/.data/serialization_id"),
      new ZipKind("a PyTorch file (zip)", "/.format_version"),
      new ZipKind("a NumPy .npz archive", ".npy"),
      new ZipKind("a Keras file (.keras)", "metadata.json"));

  private record ZipKind(String what, String firstEntryEndsWith) {}

  private static Signature hex(String what, int offset, String hex) {
    return new Signature(what, offset, HexFormat.of().parseHex(hex));
  }

  private static Signature text(String what, int offset, String text) {
    return new Signature(what, offset, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** What {@code file} is, if it begins in a way known here; null if not. */
  static @Nullable Signature of(Memory file) {
    ByteBuffer head = head(file);
    if (startsWith(head, 0, new byte[] {'P', 'K', 3, 4})) {
      return new Signature(zipKind(head), 0, new byte[0]);
    }
    for (Signature signature : ALL) {
      if (startsWith(head, signature.offset, signature.bytes)) {
        return signature;
      }
    }
    return caffe(head) ? new Signature("a Caffe model (.caffemodel)", 0, new byte[0]) : null;
  }

  /** Some words on content that nothing here knows. */
  static String describe(Memory file) {
    ByteBuffer head = head(file);
    if (head.limit() == 0) {
      return "an empty file";
    }
    if (isText(head)) {
      return "a text that begins with " + Text.quote(ascii(head, 0, Math.min(32, head.limit())));
    }
    byte[] first = new byte[Math.min(8, head.limit())];
    head.get(0, first);
    return "content that begins with the bytes " + HexFormat.ofDelimiter(" ").formatHex(first);
  }

  /** Whether all of {@code bytes} are printable ASCII or white space. */
  static boolean isText(ByteBuffer bytes) {
    for (int i = 0; i < bytes.limit(); i++) {
      byte b = bytes.get(i);
      if (b < ' ' && b != '\n' && b != '\r' && b != '\t' || b == 0x7f) {
        return false;
      }
    }
    return true;
  }

  private static ByteBuffer head(Memory file) {
    return file.view(0, (int) Math.min(LOOKED_AT, file.size()));
  }

  private static boolean startsWith(ByteBuffer head, int offset, byte[] bytes) {
    return head.limit() - offset >= bytes.length && head.slice(offset, bytes.length).equals(ByteBuffer.wrap(bytes));
  }

  private static String zipKind(ByteBuffer head) {
    int nameOffset = 30;
    String name = head.limit() < nameOffset ? "" : ascii(head, nameOffset, Math.min(head.getShort(26) & 0xffff, head.limit() - nameOffset));
    return ZIPS.stream().filter(kind -> name.endsWith(kind.firstEntryEndsWith)).map(ZipKind::what).findFirst().orElse("a zip archive");
  }

  /** NetParameter: its name (field 1), then a layer (field 100, or 2 in files before 2014). */
  private static boolean caffe(ByteBuffer head) {
    if (head.limit() < 4 || head.get(0) != 0x0a || head.get(1) <= 0) {
      return false;
    }
    int layer = 2 + head.get(1);
    return startsWith(head, layer, new byte[] {(byte) 0xa2, 6}) || startsWith(head, layer, new byte[] {0x12});
  }

  private static String ascii(ByteBuffer head, int offset, int length) {
    byte[] bytes = new byte[length];
    head.get(offset, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
