package org.quintet.pictures;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.quintet.FormatException;

/** Recognises a picture by its first bytes, hands it to its format's decoder and turns every failure into one clear message. */
final class Decoding {
  private Decoding() {}

  /** A format's decoder: complete pixels, upright, or an exception; it checks {@code limits} before it allocates. */
  @FunctionalInterface
  private interface Decoder {
    Picture decode(byte[] data, DecodeLimits limits) throws IOException;
  }

  private enum Format {
    JPEG("FF D8 FF", JpegDecoder::decode),
    PNG("89 50 4E 47 0D 0A 1A 0A", PngDecoder::decode),
    GIF("47 49 46 38", GifDecoder::decode),
    BMP("42 4D", BmpDecoder::decode),
    WEBP("52 49 46 46 .. .. .. .. 57 45 42 50", WebpDecoder::decode);

    private final String[] signature;
    private final Decoder decoder;

    Format(String signature, Decoder decoder) {
      this.signature = signature.split(" ");
      this.decoder = decoder;
    }

    private boolean matches(byte[] data) {
      if (data.length < signature.length) {
        return false;
      }
      for (int i = 0; i < signature.length; i++) {
        if (!signature[i].equals("..") && Integer.parseInt(signature[i], 16) != (data[i] & 0xff)) {
          return false;
        }
      }
      return true;
    }

    private static @Nullable Format of(byte[] data) {
      for (Format format : values()) {
        if (format.matches(data)) {
          return format;
        }
      }
      return null;
    }
  }

  /** Decodes {@code data}, which messages call {@code name}; the file's length has been checked. */
  static Picture decode(byte[] data, String name, DecodeLimits limits) {
    Format format = Format.of(data);
    if (format == null) {
      throw new FormatException(name + ": found " + beginning(data) + ", expected a JPEG, PNG, GIF, BMP or WebP picture");
    }
    try {
      return format.decoder.decode(data, limits);
    } catch (IOException | RuntimeException e) {
      // Readers meet damaged data in many ways, an index out of bounds among them: to the caller they are all one.
      throw new FormatException(name + ": cannot decode this " + format + " picture: " + reason(e), e);
    } catch (OutOfMemoryError e) {
      throw new FormatException(
          name + ": this " + format + " picture does not fit in the Java heap of " + (Runtime.getRuntime().maxMemory() >> 20)
              + " MiB, expected a smaller picture or a larger heap (-Xmx)",
          e);
    }
  }

  private static String reason(Exception e) {
    if (e instanceof EOFException && e.getMessage() == null) {
      return "found the end of the data too early, expected a complete picture";
    }
    String message = e.getMessage();
    Throwable cause = e.getCause();
    if (cause != null && cause != e && cause.getMessage() != null) {
      message = message + " (" + cause.getMessage() + ")";
    }
    if (e instanceof RuntimeException || message == null) {
      message = "found damaged data" + (message == null ? "" : " (" + message + ")");
    }
    return message.replaceAll("\\s+", " ").trim();
  }

  private static String beginning(byte[] data) {
    if (data.length == 0) {
      return "an empty file";
    }
    int n = Math.min(12, data.length);
    StringBuilder hex = new StringBuilder();
    boolean text = true;
    for (int i = 0; i < n; i++) {
      hex.append(i == 0 ? "" : " ").append(String.format("%02X", data[i]));
      text &= data[i] >= 0x20 && data[i] < 0x7f || data[i] == '\n' || data[i] == '\r' || data[i] == '\t';
    }
    String begin =
        text
            ? "text that begins \"" + new String(data, 0, n, StandardCharsets.US_ASCII).replaceAll("\\s", " ") + "\""
            : "data that begins " + hex;
    return begin + " (" + data.length + " bytes)";
  }
}
