package org.quintet.benchmarks.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import org.quintet.Network;
import org.quintet.Weights;
import org.quintet.benchmarks.Subject;

/** PyTorch by DJL, operator by operator as in eager mode. One number of threads per process: PyTorch's belongs to the process. */
final class PyTorchPeer implements Peer {
  private final NDManager manager;
  private final PyTorchOperators operators;
  private final Network network;
  private final String answer;
  private final Map<String, NDArray> parameters = new HashMap<>();
  private final NDArray input;

  PyTorchPeer(Network network, Weights weights, int batch, int threads) {
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    System.setProperty("ai.djl.offline", "true");
    this.network = network;
    this.answer = network.heads().get(0).logits();
    this.operators = new PyTorchOperators();
    manager = Engine.getEngine("PyTorch").newBaseManager();
    for (Network.Parameter parameter : network.parameters()) {
      float[] values = weights.get(parameter.name()).toFloats();
      parameters.put(parameter.name(), manager.create(values, new Shape(parameter.shape())));
    }
    Shape shape = new Shape(batch).addAll(new Shape(network.inputShape()));
    FloatBuffer picture = ByteBuffer.allocateDirect(Float.BYTES * (int) shape.size()).order(ByteOrder.nativeOrder()).asFloatBuffer();
    Subject.fill(picture);
    input = manager.create(picture, shape);
  }

  @Override
  public void run() {
    logits();
  }

  @Override
  public float[] logits() {
    try (NDManager scope = manager.newSubManager()) {
      NDArray picture = input.duplicate();
      picture.attach(scope);
      Map<String, NDArray> values = new HashMap<>();
      for (Network.Operator operator : network.operators()) {
        values.put(operator.name(), operators.compute(operator, picture, values, parameters));
        if (operator.name().equals(answer)) {
          break;
        }
      }
      return values.get(answer).toFloatArray();
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
