package org.quintet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quintet.InternalException;
import org.quintet.NativeMemoryException;
import org.quintet.ShapeException;

class ErrorsTest {
  @ParameterizedTest
  @CsvSource({
    "shape, ShapeException", "weights, WeightsException", "format, FormatException", "unsupported, UnsupportedException",
    "memory, NativeMemoryException", "closed, ClosedException", "argument, ArgumentException", "timeout, DeadlineException",
    "internal, InternalException"
  })
  void everyNativeKindHasAType(String kind, String type) {
    RuntimeException translated = Errors.translate(new RuntimeException(kind + "|conv1: it is | so"));
    assertEquals(type, translated.getClass().getSimpleName());
    assertEquals("conv1: it is | so", translated.getMessage());
  }

  @Test
  void aFailedAllocationIsAMemoryError() {
    assertEquals(NativeMemoryException.class, Errors.translate(new RuntimeException("std::bad_alloc")).getClass());
  }

  @Test
  void anythingElseFromNativeCodeIsInternalAndKeepsItsText() {
    for (String what : new String[] {"could not create a primitive", "odd|thing"}) {
      RuntimeException translated = Errors.translate(new RuntimeException(what));
      assertEquals(InternalException.class, translated.getClass());
      assertEquals(what, translated.getMessage());
    }
  }

  @Test
  void anExceptionOfJavasOwnPassesUnchanged() {
    ShapeException shape = new ShapeException("x");
    assertSame(shape, Errors.translate(shape));
    NullPointerException nothing = new NullPointerException();
    assertSame(nothing, Errors.translate(nothing));
  }

  @Test
  void theStackIsThatOfTheCall() {
    RuntimeException thrown = new RuntimeException("shape|x");
    assertEquals(thrown.getStackTrace()[0], Errors.translate(thrown).getStackTrace()[0]);
  }
}
