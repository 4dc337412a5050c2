package org.quintet.pictures;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.spi.ServiceRegistry;
import javax.imageio.stream.ImageInputStream;

/**
 * The ImageIO readers that decode, each named: which reader answers never depends on what else is on the class path, on the thread's
 * context class loader or on an order of plug-ins. The program's own ImageIO registry is only read.
 */
final class Readers {
  /** The JDK's own readers and TwelveMonkeys' JPEG reader, which finds the JDK's one here. */
  private static final ServiceRegistry REGISTRY = registry();

  static final ImageReaderSpi JPEG = named(REGISTRY, JPEGImageReaderSpi.class.getName());
  static final ImageReaderSpi PNG = named(REGISTRY, jdk("png.PNG"));
  static final ImageReaderSpi GIF = named(REGISTRY, jdk("gif.GIF"));
  static final ImageReaderSpi BMP = named(REGISTRY, jdk("bmp.BMP"));
  static final ImageReaderSpi WEBP = new WebPImageReaderSpi();

  private Readers() {}

  /** What is done with a reader while it is open. */
  @FunctionalInterface
  interface Use<T> {
    T with(ImageReader reader) throws IOException;
  }

  /** Opens {@code data} with a new reader, uses it and closes it. In memory, so ImageIO makes no cache file. */
  static <T> T read(ImageReaderSpi provider, byte[] data, Use<T> use) throws IOException {
    return read(provider, new ByteArrayImageInputStream(data), use);
  }

  /** Opens {@code input} with a new reader, uses it and closes both. */
  static <T> T read(ImageReaderSpi provider, ImageInputStream input, Use<T> use) throws IOException {
    ImageReader reader = provider.createReaderInstance();
    try (input) {
      reader.setInput(input, true, true);
      return use.with(reader);
    } finally {
      reader.dispose();
    }
  }

  /** Decodes the only or first picture without any conversion of its samples. */
  static BufferedImage readRaw(ImageReader reader) throws IOException {
    var param = reader.getDefaultReadParam();
    ImageTypeSpecifier raw = reader.getRawImageType(0);
    if (raw != null) {
      param.setDestinationType(raw);
    }
    return reader.read(0, param);
  }

  private static ServiceRegistry registry() {
    ServiceRegistry registry = new ServiceRegistry(List.<Class<?>>of(ImageReaderSpi.class).iterator());
    for (String reader : List.of("jpeg.JPEG", "png.PNG", "gif.GIF", "bmp.BMP")) {
      registry.registerServiceProvider(named(IIORegistry.getDefaultInstance(), jdk(reader)), ImageReaderSpi.class);
    }
    registry.registerServiceProvider(new JPEGImageReaderSpi(), ImageReaderSpi.class);
    return registry;
  }

  private static String jdk(String reader) {
    return "com.sun.imageio.plugins." + reader + "ImageReaderSpi";
  }

  private static ImageReaderSpi named(ServiceRegistry registry, String className) {
    Iterator<ImageReaderSpi> providers = registry.getServiceProviders(ImageReaderSpi.class, false);
    while (providers.hasNext()) {
      ImageReaderSpi provider = providers.next();
      if (provider.getClass().getName().equals(className)) {
        return provider;
      }
    }
    throw new IllegalStateException("this Java has no " + className + ", expected the module java.desktop of OpenJDK");
  }
}
