// Makes a Plan from a Program: infers shapes, gives values memory and layout, lets every operator append its steps.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "passes/program.h"
#include "plan/plan_writer.h"
#include "plan/weight_store.h"

namespace quintet {

class PlanBuilder {
 public:
  PlanBuilder(const Program& program, const Shape& input, int threads, const dnnl::engine& engine, WeightStore& weights);
  std::unique_ptr<Plan> build();

  // For ForwardContext.
  const Program& program() const { return program_; }
  const dnnl::engine& engine() const { return engine_; }
  WeightStore& weights() { return weights_; }
  /// The team that the present node's steps are made for.
  int threads() const { return team_; }
  const Shape& shape(int node) const { return shapes_[node]; }
  const std::vector<Shape>& shapes() const { return shapes_; }
  Operand value(int node) const;
  /// The value in this form, converted once for all its readers.
  Operand value_in(int node, const Form& form);
  /// In float32, in a layout that every operator takes: as it is, or else in blocks.
  Operand float_value(int node);
  Operand define(int node, const Form& form);
  /// As if it had not been defined; no step may have been added that writes it.
  void undefine(int node) { values_[node].reset(); }
  void define_placed(int node);
  /// Memory between two steps of one node.
  Operand temporary(const Shape& shape, const Form& form) { return writer_.make_value(shape, form, -1); }
  /// The fused addition's operand, if `out` is that operand's own memory (so that oneDNN's sum applies).
  bool is_in_place_addend(const Operand& out, int addend) const { return values_[addend] && values_[addend]->root == out.root; }
  /// The node's value lies in another node's memory or shares its own: blocked.
  bool shares_memory(int node) const;
  /// Some of the channels that this node sums over are no numbers, whatever the picture: because of weights that are none.
  bool reads_nan(int node) const;
  PlanWriter& writer() { return writer_; }
  StepOrigin origin(int node) const;
  void add_reorder(int node, const Operand& from, const Operand& to) { writer_.add_reorder(origin(node), from, to); }

 private:
  void infer_shapes(const Shape& input);
  int team_of(int node) const;
  void emit_outputs();
  bool gives_nan(int node) const;
  Operand placed(int node);
  int output_slot(int node) const;
  std::optional<Operand> reuse_addend(int node, const Form& form) const;
  bool is_last_reader(int value, int reader) const;

  const Program& program_;
  const dnnl::engine& engine_;
  WeightStore& weights_;
  int threads_;
  int team_ = 1;
  std::vector<Shape> shapes_;
  std::vector<std::optional<Operand>> values_;       // by node, in the form that its step chose
  std::vector<std::vector<Operand>> converted_;      // by node, in other forms
  std::vector<bool> owns_placed_;                    // by node: others live in its memory
  std::vector<bool> nan_;                            // by node: channels of it are no numbers
  PlanWriter writer_;
};

}  // namespace quintet
