package org.quintet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quintet.testing.Recipe;

class SessionTest {
  private static final int INPUT = 32 * 32;
  private static final int OUTPUT = 10;
  private static final float[] PICTURE = Recipe.input(1, 1, 1, 32, 32);
  private static Model model;
  private static float[] logits;

  private Session session;

  @BeforeAll
  static void compile() {
    Network network = LeNet.network();
    try (Weights weights = Recipe.article(network, 1)) {
      model = network.compile(weights, CompileOptions.defaults().threads(1));
    }
    logits = model.run(PICTURE);
  }

  @AfterAll
  static void closeModel() {
    model.close();
  }

  @BeforeEach
  void open() {
    session = model.session();
  }

  @AfterEach
  void close() {
    session.close();
  }

  @Test
  void itsOwnBuffersAreDirectAlignedAndRewoundEachTime() {
    for (FloatBuffer buffer : List.of(session.input(), session.output())) {
      assertTrue(buffer.isDirect());
      assertEquals(ByteOrder.nativeOrder(), buffer.order());
    }
    assertEquals(INPUT, session.input().put(PICTURE).position());
    assertEquals(0, session.input().position());
    assertSame(session.output(), session.output("preds.logits"));
    assertArrayEquals(new long[] {1, 1, 32, 32}, session.inputShape());
    assertArrayEquals(new long[] {1, OUTPUT}, session.outputShape("preds.softmax"));
  }

  @Test
  void anUnknownOutputIsReportedWithThoseThereAre() {
    ArgumentException e = assertThrows(ArgumentException.class, () -> session.output("nonsense"));
    assertTrue(e.getMessage().contains("nonsense") && e.getMessage().contains("preds.logits"), e.getMessage());
  }

  @Test
  void aRunAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    FloatBuffer in = direct(INPUT).put(PICTURE).flip();
    FloatBuffer out = direct(OUTPUT);
    Runnable own = session::run;
    Runnable theirs = () -> session.run(in, out);
    for (Runnable run : List.of(own, theirs)) {
      for (int i = 0; i < 20; i++) {
        run.run();
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1000; i++) {
        run.run();
      }
      long perRun = (threads.getCurrentThreadAllocatedBytes() - before) / 1000;
      assertTrue(perRun < 8, perRun + " bytes per run");
    }
  }

  @Test
  void aRunOnTheCallersBuffersUsesThemInPlaceAndThenItsOwnAgain() {
    FloatBuffer in = direct(INPUT).put(PICTURE).flip();
    FloatBuffer out = direct(OUTPUT);
    session.run(in, out);
    assertEquals(0, in.position());
    assertEquals(0, out.position());
    assertArrayEquals(logits, floats(out));
    assertEquals(0f, session.output().get(0), "the session's own output is not written");
    session.input().put(PICTURE);
    out.put(0, 42);
    session.run();
    assertArrayEquals(logits, floats(session.output()));
    assertEquals(42f, out.get(0));
  }

  @Test
  void movingThePositionOfAnOwnBufferChangesNothing() {
    session.input().put(PICTURE);
    session.output().position(3);
    session.run(direct(INPUT), direct(OUTPUT));
    session.run();
    assertArrayEquals(logits, floats(session.output()));
  }

  @Test
  void slicesAndPositionsAreHonouredWhateverTheirAlignment() {
    FloatBuffer in = direct(INPUT + 7).position(5).slice().position(2);
    in.duplicate().put(PICTURE);
    FloatBuffer out = direct(OUTPUT + 4).position(1).limit(OUTPUT + 1);
    session.run(in, out);
    assertEquals(1, out.position());
    assertArrayEquals(logits, floats(out));
    assertEquals(0f, out.get(0));
    out.limit(out.capacity());
    assertEquals(0f, out.get(OUTPUT + 1));
  }

  @Test
  void aReadOnlyInputWillDo() {
    FloatBuffer out = direct(OUTPUT);
    session.run(direct(INPUT).put(PICTURE).flip().asReadOnlyBuffer(), out);
    assertArrayEquals(logits, floats(out));
  }

  static List<FloatBuffer[]> wrongBuffers() {
    FloatBuffer in = direct(INPUT);
    FloatBuffer out = direct(OUTPUT);
    ByteOrder wrong = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    return List.of(
        new FloatBuffer[] {FloatBuffer.allocate(INPUT), out},
        new FloatBuffer[] {in, FloatBuffer.allocate(OUTPUT)},
        new FloatBuffer[] {in, direct(OUTPUT).asReadOnlyBuffer()},
        new FloatBuffer[] {ByteBuffer.allocateDirect(4 * INPUT).order(wrong).asFloatBuffer(), out},
        new FloatBuffer[] {in, ByteBuffer.allocateDirect(4 * OUTPUT).order(wrong).asFloatBuffer()},
        new FloatBuffer[] {direct(INPUT - 1), out},
        new FloatBuffer[] {direct(INPUT).position(1), out},
        new FloatBuffer[] {direct(INPUT + 1), out},
        new FloatBuffer[] {in, direct(OUTPUT - 1)},
        new FloatBuffer[] {in, direct(OUTPUT).limit(3)});
  }

  @ParameterizedTest
  @MethodSource("wrongBuffers")
  void aWrongBufferIsAnErrorAndTheSessionStaysUsable(FloatBuffer in, FloatBuffer out) {
    assertThrows(ArgumentException.class, () -> session.run(in, out));
    session.input().put(PICTURE);
    session.run();
    assertArrayEquals(logits, floats(session.output()));
  }

  @Test
  void arraysAreCopiedAndTheirLengthsChecked() {
    float[] result = new float[OUTPUT];
    session.run(PICTURE, result);
    assertArrayEquals(logits, result);
    assertThrows(ArgumentException.class, () -> session.run(new float[INPUT - 1], result));
    assertThrows(ArgumentException.class, () -> session.run(PICTURE, new float[OUTPUT + 1]));
  }

  @Test
  void aDeadlineThatIsKeptIsNoError() {
    session.input().put(PICTURE);
    session.run(Duration.ofSeconds(10));
    session.run(Duration.ofSeconds(Long.MAX_VALUE));
    session.run(Duration.ZERO);
    assertArrayEquals(logits, floats(session.output()));
  }

  @Test
  void afterClosingARunIsAnErrorAndTheBuffersAreHarmless() {
    FloatBuffer input = session.input();
    FloatBuffer output = session.output();
    session.close();
    session.close();
    assertTrue(session.isClosed());
    ClosedException e = assertThrows(ClosedException.class, session::run);
    assertTrue(e.getMessage().contains("session of lenet5/article"), e.getMessage());
    assertThrows(ClosedException.class, () -> session.run(direct(INPUT), direct(OUTPUT)));
    input.put(PICTURE);
    output.put(new float[OUTPUT]);
  }

  private static FloatBuffer direct(int values) {
    return ByteBuffer.allocateDirect(Float.BYTES * values).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  private static float[] floats(FloatBuffer buffer) {
    float[] values = new float[buffer.remaining()];
    buffer.duplicate().get(values);
    return values;
  }
}
