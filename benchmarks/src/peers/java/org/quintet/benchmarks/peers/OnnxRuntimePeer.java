package org.quintet.benchmarks.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.benchmarks.Subject;
import org.quintet.onnx.OnnxWriter;

/** ONNX Runtime's Java API on the network as Quintet exports it. */
final class OnnxRuntimePeer implements Peer {
  private final OrtSession session;
  private final OnnxTensor input;

  OnnxRuntimePeer(Network network, Weights weights, int batch, int threads) {
    try {
      Path file = Files.createTempFile("quintet", ".onnx");
      try {
        OnnxWriter.write(file, network, weights);
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        session = OrtEnvironment.getEnvironment().createSession(file.toString(), options);
      } finally {
        Files.delete(file);
      }
      input = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), picture(network, batch), shape(network, batch));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static FloatBuffer picture(Network network, int batch) {
    int values = batch;
    for (long dim : network.inputShape()) {
      values = Math.toIntExact(values * dim);
    }
    FloatBuffer picture = ByteBuffer.allocateDirect(Float.BYTES * values).order(ByteOrder.nativeOrder()).asFloatBuffer();
    Subject.fill(picture);
    return picture;
  }

  private static long[] shape(Network network, int batch) {
    long[] chw = network.inputShape();
    return new long[] {batch, chw[0], chw[1], chw[2]};
  }

  @Override
  public void run() {
    compute().close();
  }

  @Override
  public float[] logits() {
    try (OrtSession.Result result = compute()) {
      FloatBuffer logits = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] values = new float[logits.remaining()];
      logits.get(values);
      return values;
    }
  }

  private OrtSession.Result compute() {
    try {
      return session.run(Map.of("input", input));
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      input.close();
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
