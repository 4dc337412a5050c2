// What an operator sees when it appends its steps to a training or evaluation plan.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "train/train_plan_builder.h"

namespace quintet {

dnnl::algorithm onednn_algorithm(Activation activation);

/// The forward phase is Operator::train; the backward phase is the function that it gave to backward().
class TrainContext {
 public:
  using Arguments = PlanWriter::Arguments;

  TrainContext(TrainPlanBuilder& builder, int node, bool in_backward) : builder_(builder), id_(node), in_backward_(in_backward) {}

  const dnnl::engine& engine() const { return builder_.writer().engine(); }
  int block() const { return builder_.program().block; }
  int threads() const { return builder_.options().threads; }
  const std::string& node() const { return program_node().name; }
  int id() const { return id_; }
  int input_count() const { return static_cast<int>(program_node().inputs.size()); }
  const Shape& input_shape(int i) const { return builder_.shape(program_node().inputs[i]); }
  const Shape& output_shape() const { return builder_.shape(id_); }
  StepState& state() { return builder_.state(); }

  /// A training step, not an evaluation.
  bool training() const { return builder_.options().training; }
  /// In a training step, and its layer is not frozen: batch statistics; gradients of parameters.
  bool learns() const { return builder_.learns(id_); }
  /// dnnl::prop_kind of a primitive whose backward will be asked for, or not.
  dnnl::prop_kind forward_kind() const { return builder_.needs_gradient(id_) ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference; }

  /// The input as it is, or in this layout (reordered once for all readers).
  Operand input(int i) const { return builder_.value(input_node(i)); }
  Operand input(int i, Layout layout) { return builder_.value_in(input_node(i), layout); }
  /// New memory for the result.
  Operand output(Layout layout);
  /// The result lies where `value` says.
  void output_is(const Operand& value) { builder_.set_value(id_, value); }
  Operand value() const { return builder_.value(id_); }
  /// To be applied to the result (see Operator::absorbs_in_training).
  std::optional<Activation> absorbed_activation() const { return builder_.absorbed_activation(id_); }
  /// This node is an activation that its input's producer has applied already.
  bool is_absorbed() const { return builder_.absorbed_activation(input_node(0)).has_value(); }
  const Operator& input_operator(int i) const { return *builder_.program().nodes[input_node(i)].op; }

  Operand memory(const dnnl::memory::desc& desc) { return builder_.writer().make_memory(desc); }
  /// Memory in which a primitive leaves something for its gradient; none if it leaves nothing.
  std::optional<Operand> workspace(const dnnl::memory::desc& desc);
  /// `length` times the same number.
  Operand constant(int64_t length, float value) const;
  /// A copy of all that `from` describes, channels that fill up blocks included, in another form of the same dimensions.
  Operand in_form(const Operand& from, const dnnl::memory::desc& form);
  void copy_form(const Operand& from, const Operand& to);

  /// The node's i-th parameter. `exact`: the dimensions of `form` without what fills blocks up.
  Operand parameter(int i, const dnnl::memory::desc& form, const dnnl::memory::dims& exact) { return builder_.parameter_in(id_, i, form, exact); }
  Operand vector_parameter(int i, int64_t length, int64_t exact) { return parameter(i, vector_desc(length), {exact}); }

  /// Leaves what will append the backward steps. Not called if nothing here or before needs a gradient.
  void backward(TrainPlanBuilder::Backward append) { builder_.set_backward(id_, std::move(append)); }

  // The backward phase.

  bool wants_gradient(int i) const { return builder_.needs_gradient(input_node(i)); }
  /// Sum of what all readers gave; in memory without gaps.
  Operand output_gradient(Layout layout) { return builder_.gradient(id_, layout, nullptr).operand; }
  /// As output_gradient, zero where the node's value `y` is not positive.
  TrainPlanBuilder::Gradient relu_gradient(const Operand& y) { return builder_.gradient(id_, y.layout, &y); }
  TrainPlanBuilder::Gradient owned_output_gradient(Layout layout) { return builder_.gradient(id_, layout, nullptr); }
  /// New memory for this node's part of an input's gradient.
  Operand input_gradient(int i, Layout layout);
  /// The part is in memory that exists already. Owned: nobody else reads it.
  void input_gradient_is(int i, const Operand& part, bool owned) { builder_.add_gradient(input_node(i), part, owned); }
  /// A constant added to a channel of this node's value would change nothing, so that a bias has no gradient.
  bool offsets_are_ignored() const;
  /// Where the gradient of the i-th parameter goes, in this form.
  Operand parameter_gradient(int i, const dnnl::memory::desc& form) { return builder_.parameter_gradient(id_, i, form); }

  static dnnl::primitive_attr attributes();
  /// With the absorbed activation as a post-operation.
  dnnl::primitive_attr activating_attributes() const;

  void add_primitive(const dnnl::primitive_desc_base& description, const Arguments& arguments, Layout layout);
  void add_kernel(const std::string& name, std::vector<Operand> operands, PlanWriter::Kernel kernel, size_t scratch_bytes = 0);
  void add_reorder(const Operand& from, const Operand& to) { builder_.writer().add_reorder(origin(), from, to); }
  /// Zeroes the whole root of `out`.
  void add_clear(const Operand& out);
  /// Appends a kernel once all gradients are known, so that it can tell whether the step counts.
  void defer_kernel(const std::string& name, std::vector<Operand> operands, PlanWriter::Kernel kernel);

 private:
  const ProgramNode& program_node() const { return builder_.program().nodes[id_]; }
  int input_node(int i) const { return program_node().inputs[i]; }
  StepOrigin origin() const;

  TrainPlanBuilder& builder_;
  int id_;
  bool in_backward_;
};

}  // namespace quintet
