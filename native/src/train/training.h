// A trainer behind its handle: the program, the parameters, plans by batch size and purpose, and the lane that runs them.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "passes/program.h"
#include "quintet/trainer.h"
#include "runtime/lanes.h"
#include "train/optimizer.h"
#include "train/parameter_store.h"
#include "train/step_state.h"
#include "train/train_plan_builder.h"

namespace quintet {

/// Not thread-safe: Trainer's functions take turns.
class Training {
 public:
  Training(const GraphData& graph, const TensorTable& weights, const TrainOptions& options);

  /// Where the labels or targets are; the input is float32, plain.
  struct Batch {
    const float* input;
    int64_t input_bytes;
    const int* labels;         // or
    const float* targets;
    int64_t target_bytes;
    int count;
  };
  double run(const Batch& batch, bool training);

  StepState& state() { return state_; }
  const StepState& state() const { return state_; }
  ParameterStore& parameters() { return parameters_; }
  const ParameterStore& parameters() const { return parameters_; }
  bool has_gradients() const { return has_gradients_; }

  /// Tensors of the optimizer: all of the first kind in the parameters' order, then of the second, and so on.
  int state_count() const { return static_cast<int>(trainable_.size() * optimizer_.states().size()); }
  std::string state_name(int state) const;
  int state_parameter(int state) const;
  int state_tensor(int state) const;

  int64_t arena_bytes() const { return static_cast<int64_t>(arena_bytes_); }
  std::string explain();
  std::string profile(int runs);

 private:
  struct Entry {
    int64_t batch;
    bool training;
    std::shared_ptr<const Plan> plan;
  };

  std::shared_ptr<const Plan> plan(int64_t batch, bool training);
  std::shared_ptr<const Plan> make_plan(int64_t batch, bool training);
  void append_update(TrainPlanBuilder& builder);
  void update_parameters();
  double gradient_scale() const;
  void check(const Batch& batch, const Shape& input) const;
  void start(const Batch& batch);

  TrainOptions options_;
  std::string name_;
  std::vector<std::string> head_names_;
  std::vector<HeadLoss> heads_;
  std::vector<int64_t> head_classes_;        // of heads_
  Shape input_;
  dnnl::engine engine_;
  Optimizer optimizer_;
  ParameterStore parameters_;
  Program program_;
  StepState state_;
  std::vector<int> trainable_;               // parameters
  std::list<Entry> plans_;                   // most recently used first
  size_t arena_bytes_ = 0;
  bool has_gradients_ = false;
  Lanes lanes_;
};

}  // namespace quintet
