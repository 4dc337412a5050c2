package org.quintet;

/**
 * Batch normalisation over channels: gamma * (x - mean) / sqrt(var + epsilon) + beta.
 *
 * @param epsilon added to the variance
 * @param momentum share of the old moving statistics that training keeps at each step (Keras's meaning; PyTorch's is 1 minus this)
 * @param unbiased whether the moving variance takes the batch's unbiased estimate (PyTorch) or the biased one (Keras)
 * @param names what the four parameters are called after the layer's name
 */
public record BatchNorm(double epsilon, double momentum, boolean unbiased, Names names) {

  /** Last parts of the parameters' names: {@code <layer>.<gamma>} and so on. */
  public record Names(String gamma, String beta, String mean, String var) {
    /** gamma, beta, mean, var. */
    public static final Names KERAS = new Names("gamma", "beta", "mean", "var");
    /** weight, bias, running_mean, running_var. */
    public static final Names TORCH = new Names("weight", "bias", "running_mean", "running_var");
  }

  /** Keras's names, momentum and moving variance. */
  public static BatchNorm keras(double epsilon) {
    return new BatchNorm(epsilon, 0.99, false, Names.KERAS);
  }

  /** PyTorch's names, momentum and moving variance. */
  public static BatchNorm torch(double epsilon) {
    return new BatchNorm(epsilon, 0.9, true, Names.TORCH);
  }

  /** As the native core reads it. */
  String attributes() {
    return "epsilon=" + epsilon + " momentum=" + momentum + " unbiased=" + unbiased + " names=" + names.gamma + "," + names.beta + "," + names.mean + ","
        + names.var;
  }
}
