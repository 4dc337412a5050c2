package org.quintet.quantization;

import org.jspecify.annotations.Nullable;
import org.quintet.Network.Parameter;

/**
 * A convolution or dense layer.
 *
 * @param name its label, the prefix of its parameters' names
 * @param node its operator's name
 * @param input the node that it reads
 * @param result the node that has its output when all that is computed together with it is done
 * @param weight what is quantised: [outputs, ...]
 * @param shift the number per output channel that its mean error is put into: its own bias, or the moving mean of the batch
 *     normalisation behind it; null if there is neither
 */
record LinearLayer(String name, String node, String input, String result, Parameter weight, @Nullable Parameter shift) {

  /** Channels of the output. */
  int outputs() {
    return (int) weight.shape()[0];
  }

  /** Weights of one output channel. */
  int inputs() {
    return (int) (weight.elements() / outputs());
  }

  /** Whether a larger {@link #shift} makes the output larger; a mean is subtracted. */
  boolean shiftAdds() {
    return shift != null && shift.kind().equals("bias");
  }
}
