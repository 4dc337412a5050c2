package org.quintet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quintet.ArgumentException;
import org.quintet.ClosedException;
import org.quintet.FormatException;
import org.quintet.testing.Closing;

class NativeFileTest {
  private static final byte[] BYTES = {1, 2, 3, 4, 5, 6, 7, 8};

  @TempDir Path directory;

  private Path file() throws IOException {
    return Files.write(directory.resolve("bytes"), BYTES);
  }

  @Test
  void showsTheFilesBytesReadOnlyAndLittleEndian() throws IOException {
    try (NativeFile file = NativeFile.open(file())) {
      assertEquals(BYTES.length, file.size());
      ByteBuffer view = file.view(2, 4);
      assertTrue(view.isReadOnly());
      assertEquals(ByteOrder.LITTLE_ENDIAN, view.order());
      assertEquals(4, view.remaining());
      assertEquals(0x06050403, view.getInt(0));
      file.release(0, file.size());
      assertEquals(0x06050403, view.getInt(0));
    }
  }

  @Test
  void opensANameOutsideAscii() throws IOException {
    assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "this locale has no such file names");
    Path path = Files.write(directory.resolve("gew\u00e4hlt-\u91cd\u307f"), BYTES);
    try (NativeFile file = NativeFile.open(path)) {
      assertEquals(BYTES.length, file.size());
    }
  }

  @Test
  void saysWhyAFileCannotBeOpened() {
    Path missing = directory.resolve("missing");
    FormatException e = assertThrows(FormatException.class, () -> NativeFile.open(missing));
    assertTrue(e.getMessage().contains(missing.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("No such file"), e.getMessage());
  }

  @Test
  void anEmptyFileHasAnEmptyView() throws IOException {
    try (NativeFile file = NativeFile.open(Files.createFile(directory.resolve("empty")))) {
      assertEquals(0, file.size());
      assertEquals(0, file.view(0, 0).remaining());
    }
  }

  @Test
  void refusesAViewOutsideTheFile() throws IOException {
    try (NativeFile file = NativeFile.open(file())) {
      assertThrows(ArgumentException.class, () -> file.view(-1, 2));
      assertThrows(ArgumentException.class, () -> file.view(5, 4));
      assertThrows(ArgumentException.class, () -> file.view(Long.MAX_VALUE, 4));
      assertThrows(ArgumentException.class, () -> file.release(0, 9));
    }
  }

  @Test
  void refusesToWorkOnceClosedAndClosesTwice() throws IOException {
    NativeFile file = NativeFile.open(file());
    file.close();
    file.close();
    assertThrows(ClosedException.class, () -> file.view(0, 1));
    assertThrows(ClosedException.class, () -> file.release(0, 1));
  }

  @Test
  void closingWaitsForAReader() throws Exception {
    NativeFile file = NativeFile.open(file());
    Closing.assertWaitsForWhoeverIsInside(file::whileOpen, file::close);
  }
}
