// Makes the plan of a training step (forward, loss, backward) or of an evaluation (forward, loss) from a program that was not fused.
// Operators append the forward steps and leave a function that appends the backward ones; this calls those in reverse order.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "passes/program.h"
#include "plan/plan_writer.h"
#include "train/parameter_store.h"
#include "train/step_state.h"

namespace quintet {

class TrainContext;

/// One head's part in the total loss.
struct HeadLoss {
  int head = 0;            // in the graph
  int logits = -1;         // node
  double weight = 1;
};

struct TrainPlanOptions {
  std::vector<HeadLoss> heads;
  double label_smoothing = 0;
  int threads = 1;
  bool training = true;    // false: an evaluation
};

class TrainPlanBuilder {
 public:
  using Backward = std::function<void(TrainContext&)>;

  TrainPlanBuilder(const Program& program, const Shape& input, const TrainPlanOptions& options, const dnnl::engine& engine, ParameterStore& parameters,
                   StepState& state);
  /// Forward, loss, backward. The caller may append to writer() before it finishes the plan.
  void build();
  /// What operators deferred until all gradients are known.
  void append_deferred();
  PlanWriter& writer() { return writer_; }

  // For TrainContext.
  const Program& program() const { return program_; }
  const TrainPlanOptions& options() const { return options_; }
  ParameterStore& parameters() { return parameters_; }
  StepState& state() { return state_; }
  const Shape& shape(int node) const { return shapes_[node]; }
  StepOrigin origin(int node) const;

  Operand value(int node) const;
  Operand value_in(int node, Layout layout);
  void set_value(int node, const Operand& value) { values_[node] = value; }
  /// The activation that the node applies to its own result, because its only reader is that activation.
  std::optional<Activation> absorbed_activation(int node) const { return absorbed_[node]; }
  bool learns(int node) const { return options_.training && learns_[node]; }
  bool needs_gradient(int node) const { return options_.training && needs_gradient_[node]; }
  void set_backward(int node, Backward backward) { backward_[node] = std::move(backward); }

  /// A part of the gradient of the node's value. Owned: nobody else reads this memory, so it may be written over.
  void add_gradient(int node, const Operand& part, bool owned);
  struct Gradient {
    Operand operand;
    bool owned;
  };
  /// The sum of all parts, in this layout; where `relu` is given, zero where that is not positive.
  Gradient gradient(int node, Layout layout, const Operand* relu);

  /// The parameter in `form`, copied there once a step if it lives in another. Places it first if need be.
  Operand parameter_in(int node, int i, const dnnl::memory::desc& form, const dnnl::memory::dims& exact);
  Operand parameter_gradient(int node, int i, const dnnl::memory::desc& form);
  /// A step for append_deferred().
  void defer(std::function<void()> append) { deferred_.push_back(std::move(append)); }

 private:
  void infer_shapes(const Shape& input);
  void absorb_activations();
  void find_what_learns();
  void forward(int node);
  void backward(int node);
  void flush_parameter_gradients(int node);

  struct Form {
    int parameter;
    Operand operand;
  };

  const Program& program_;
  TrainPlanOptions options_;
  ParameterStore& parameters_;
  StepState& state_;
  PlanWriter writer_;
  std::vector<Shape> shapes_;
  std::vector<std::optional<Operand>> values_, converted_;
  std::vector<std::optional<Activation>> absorbed_;
  std::vector<bool> learns_, needs_gradient_;
  std::vector<Backward> backward_;
  std::vector<std::vector<Gradient>> gradients_;
  std::vector<Form> forms_, pending_;                 // parameters in other forms; gradients to be brought into the parameter's own
  std::vector<std::function<void()>> deferred_;
};

}  // namespace quintet
