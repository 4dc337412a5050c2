// A graph with weights in training: forward with batch statistics and dropout, loss, backward, update, all on memory planned once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "quintet/graph.h"
#include "quintet/weights.h"

namespace quintet {

/// How to train. Plain values; lists are strings with one item a line.
struct TrainOptions {
  int threads = 1;               ///< the team that computes a step
  int64_t batch = 32;            ///< pictures of a full batch; steps on fewer are planned when first asked for
  int plan_cache = 4;            ///< plans kept (batch size x training or evaluation), least recently used go first

  /// "kind=... key=value ...", definitions and defaults as in Keras 3:
  ///   kind=sgd      momentum=0 nesterov=false
  ///   kind=rmsprop  rho=0.9 momentum=0 epsilon=1e-7 centered=false
  ///   kind=adam     beta1=0.9 beta2=0.999 epsilon=1e-7
  ///   kind=adamw    as adam, with weight_decay=0.004
  /// and for each: weight_decay=0 (w -= rate * weight_decay * w before the update, as in Keras), l2=0 (gradient += l2 * w, as
  /// PyTorch's and Caffe's weight_decay).
  std::string optimizer = "kind=sgd";
  double clip_norm = 0;          ///< largest l2 norm of all gradients together, scaled down to it; 0: no limit
  double clip_value = 0;         ///< largest absolute value of a gradient's element, after clip_norm; 0: no limit
  double label_smoothing = 0;    ///< in [0,1): target' = target * (1 - s) + s / classes
  std::string head_weights;      ///< "head=weight" a line: share of a head's loss in the total; heads not named: 1; 0: head ignored
  std::string frozen;            ///< layers (the prefixes of parameter names) that keep their parameters; their batch norm uses moving statistics
  int64_t seed = 0;              ///< of dropout
  bool dropout = true;           ///< false: dropout layers do nothing in training too
  bool ignore_unused = false;    ///< tensors that no parameter takes: allowed (true) or an error
};

/// Owns parameters, gradients and optimizer state. Any thread may call; calls wait for each other. The same options, calls and
/// thread count give the same bits on the same CPU.
///
/// The loss of a head is the categorical cross-entropy of softmax(logits), mean over the pictures of the batch; the total is the
/// sum over heads, each times its weight.
class Trainer {
 public:
  /// Throws Error: kWeights (everything missing, left over or misshapen in one message), kShape, kMemory, kArgument (an option or
  /// the optimizer; a frozen layer or head that does not exist).
  Trainer(const Graph& graph, const TensorTable& weights, const TrainOptions& options);
  ~Trainer();

  /// Used by the steps that follow; 0.01 before the first call. Throws kArgument unless finite and not negative.
  void set_learning_rate(double rate);
  double learning_rate() const;

  /// One step on `count` pictures, 1 to options.batch. `input`: float32, plain N,C,H,W. `labels`: one class index a picture, for
  /// every head. Returns the total loss before the update, or NaN if the loss or a gradient is not finite: then nothing was updated
  /// (neither parameters nor statistics, state or steps()). Throws Error: kShape (bytes do not match), kArgument (count, or a label out of range).
  double step(const float* input, int64_t input_bytes, const int* labels, int count);
  /// The same with a distribution over classes a picture instead of a label: float32, N,classes. Needs heads of one size.
  double step_on_targets(const float* input, int64_t input_bytes, const float* targets, int64_t target_bytes, int count);
  /// The loss with moving statistics and without dropout; changes nothing but head_loss() and correct().
  double evaluate(const float* input, int64_t input_bytes, const int* labels, int count);
  double evaluate_on_targets(const float* input, int64_t input_bytes, const float* targets, int64_t target_bytes, int count);

  /// Of the last step or evaluation: a head's own loss, not weighted (0 for a head of weight 0), heads in the graph's order;
  /// pictures whose largest logit in the main head is at the label (the target's largest); 0 if the main head has weight 0.
  double head_loss(int head) const;
  int64_t correct() const;

  /// Parameters in the graph's order, row-major in the graph's shapes. Trainable: it has a gradient (a moving statistic or a
  /// frozen layer's parameter has none).
  int parameter_count() const;
  std::string parameter_name(int parameter) const;
  bool parameter_trainable(int parameter) const;
  void read_parameter(int parameter, float* to, int64_t bytes) const;
  void write_parameter(int parameter, const float* from, int64_t bytes);
  /// The total loss's gradient as the last step computed it, before clipping and decay. Throws kArgument if it has none, or no
  /// step was made.
  void read_gradient(int parameter, float* to, int64_t bytes) const;

  /// The optimizer's tensors, each shaped like its parameter: "<parameter>/momentum", "/velocity" and so on. Together with the
  /// parameters and steps() they are all that a checkpoint needs to go on to the same bits.
  int state_count() const;
  std::string state_name(int state) const;
  int state_parameter(int state) const;
  void read_state(int state, float* to, int64_t bytes) const;
  void write_state(int state, const float* from, int64_t bytes);

  /// Updates made; Adam's bias correction and dropout depend on it.
  int64_t steps() const;
  void set_steps(int64_t steps);

  int64_t parameter_bytes() const;   ///< parameters, gradients, optimizer state
  int64_t arena_bytes() const;       ///< activations and their gradients, largest plan so far
  /// The plan of a full batch's training step as a JSON array, in the form of Model::explain.
  std::string explain() const;
  /// The same with "milliseconds": median of `runs` steps, on made-up pictures; the parameters are kept.
  std::string profile(int runs);

 private:
  class Turns;   // native/src/train/trainer.cc
  std::unique_ptr<Turns> turns_;
};

}  // namespace quintet
