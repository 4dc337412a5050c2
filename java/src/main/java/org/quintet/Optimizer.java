package org.quintet;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How gradients change parameters: Keras's definitions and defaults. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * Optimizer.sgd(0.01).momentum(0.9).nesterov().weightDecay(1e-4).clipNorm(1)
 * }</pre>
 */
public final class Optimizer {
  private static final Map<String, Set<String>> SETTINGS = Map.of(
      "sgd", Set.of("momentum", "nesterov"),
      "rmsprop", Set.of("rho", "momentum", "epsilon", "centered"),
      "adam", Set.of("beta1", "beta2", "epsilon"),
      "adamw", Set.of("beta1", "beta2", "epsilon"));

  private final String kind;
  private final double learningRate;
  private final Map<String, String> settings;
  private final double clipNorm;
  private final double clipValue;

  private Optimizer(String kind, double learningRate, Map<String, String> settings, double clipNorm, double clipValue) {
    if (!(learningRate >= 0 && learningRate < Double.POSITIVE_INFINITY)) {
      throw new ArgumentException("a learning rate of " + learningRate + " is impossible");
    }
    if (!(clipNorm >= 0) || !(clipValue >= 0)) {
      throw new ArgumentException("gradients are clipped to a number above 0, not to " + (clipNorm >= 0 ? clipValue : clipNorm));
    }
    this.kind = kind;
    this.learningRate = learningRate;
    this.settings = settings;
    this.clipNorm = clipNorm;
    this.clipValue = clipValue;
  }

  private static Optimizer of(String kind, double learningRate) {
    return new Optimizer(kind, learningRate, Map.of(), 0, 0);
  }

  /** Stochastic gradient descent, without momentum unless asked for. */
  public static Optimizer sgd(double learningRate) {
    return of("sgd", learningRate);
  }

  /** RMSprop: rho 0.9, epsilon 1e-7; Keras's learning rate is 0.001. */
  public static Optimizer rmsprop(double learningRate) {
    return of("rmsprop", learningRate);
  }

  /** Adam: beta 0.9 and 0.999, epsilon 1e-7; Keras's learning rate is 0.001. */
  public static Optimizer adam(double learningRate) {
    return of("adam", learningRate);
  }

  /** Adam with decoupled weight decay of 0.004; Keras's learning rate is 0.001. */
  public static Optimizer adamw(double learningRate) {
    return of("adamw", learningRate);
  }

  /**
   * By name, at Keras's default learning rate: {@code sgd} (0.01), {@code momentum} (sgd with momentum 0.9), {@code rmsprop},
   * {@code adam}, {@code adamw} (0.001).
   *
   * @throws ArgumentException if it is another name
   */
  public static Optimizer named(String name) {
    return switch (name) {
      case "sgd" -> sgd(0.01);
      case "momentum" -> sgd(0.01).momentum(0.9);
      case "rmsprop" -> rmsprop(0.001);
      case "adam" -> adam(0.001);
      case "adamw" -> adamw(0.001);
      default -> throw new ArgumentException("no optimizer " + name + "; there are sgd, momentum, rmsprop, adam, adamw");
    };
  }

  /** The same at another learning rate. */
  public Optimizer learningRate(double rate) {
    return new Optimizer(kind, rate, settings, clipNorm, clipValue);
  }

  /** Momentum of {@code sgd} or {@code rmsprop}. */
  public Optimizer momentum(double value) {
    return with("momentum", value);
  }

  /** Nesterov's momentum in {@code sgd}. */
  public Optimizer nesterov() {
    return with("nesterov", "true");
  }

  /** How slowly {@code rmsprop} forgets. */
  public Optimizer rho(double value) {
    return with("rho", value);
  }

  /** Whether {@code rmsprop} takes the gradient's variance and not its square. */
  public Optimizer centered() {
    return with("centered", "true");
  }

  /** How slowly {@code adam} and {@code adamw} forget the gradient and its square. */
  public Optimizer betas(double first, double second) {
    return with("beta1", first).with("beta2", second);
  }

  /** What keeps divisors above zero in {@code rmsprop}, {@code adam} and {@code adamw}. */
  public Optimizer epsilon(double value) {
    return with("epsilon", value);
  }

  /** Decay apart from the gradient, as in Keras: before each update a parameter loses learning rate x decay of itself. */
  public Optimizer weightDecay(double decay) {
    return with("weight_decay", decay);
  }

  /** Decay within the gradient, as PyTorch's and Caffe's {@code weight_decay}: gradient += factor x parameter. */
  public Optimizer l2(double factor) {
    return with("l2", factor);
  }

  /** Scales all gradients together down to this l2 norm where it is larger. */
  public Optimizer clipNorm(double norm) {
    return new Optimizer(kind, learningRate, settings, norm, clipValue);
  }

  /** Cuts every element of a gradient to at most this absolute value. */
  public Optimizer clipValue(double value) {
    return new Optimizer(kind, learningRate, settings, clipNorm, value);
  }

  private Optimizer with(String name, double value) {
    if (!Double.isFinite(value) || value < 0) {
      throw new ArgumentException(name + " is " + value + ", it must be a number of at least 0");
    }
    return with(name, Double.toString(value));
  }

  private Optimizer with(String name, String value) {
    if (!name.equals("weight_decay") && !name.equals("l2") && !SETTINGS.getOrDefault(kind, Set.of()).contains(name)) {
      throw new ArgumentException("optimizer " + kind + " has no " + name);
    }
    Map<String, String> changed = new LinkedHashMap<>(settings);
    changed.put(name, value);
    return new Optimizer(kind, learningRate, changed, clipNorm, clipValue);
  }

  /** The learning rate at the start, before any schedule. */
  public double learningRate() {
    return learningRate;
  }

  /** Largest norm of all gradients together; 0: any. */
  double clipNorm() {
    return clipNorm;
  }

  /** Largest absolute value of a gradient's element; 0: any. */
  double clipValue() {
    return clipValue;
  }

  /** As the native core reads it. */
  String attributes() {
    return "kind=" + kind + settings.entrySet().stream().map(e -> " " + e.getKey() + "=" + e.getValue()).collect(Collectors.joining());
  }

  /** For a person: kind, settings, learning rate. */
  @Override
  public String toString() {
    String clipping = (clipNorm > 0 ? " clip_norm=" + clipNorm : "") + (clipValue > 0 ? " clip_value=" + clipValue : "");
    return attributes().substring("kind=".length()) + " learning_rate=" + learningRate + clipping;
  }
}
