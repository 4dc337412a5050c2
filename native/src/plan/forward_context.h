// What an operator sees when it appends its steps to a plan: its node's inputs, output, weights and fused operations.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "kernels/blocked.h"
#include "plan/plan_builder.h"

namespace quintet {

dnnl::algorithm onednn_algorithm(Activation activation);

class ForwardContext {
 public:
  using Arguments = PlanWriter::Arguments;

  ForwardContext(PlanBuilder& builder, int node) : builder_(builder), id_(node) {}

  const dnnl::engine& engine() const { return builder_.engine(); }
  int block() const { return builder_.program().block; }
  int threads() const { return builder_.threads(); }
  const std::string& node() const { return program_node().name; }
  int input_count() const { return static_cast<int>(program_node().inputs.size()); }
  const Shape& input_shape(int i) const { return builder_.shape(program_node().inputs[i]); }
  const Shape& output_shape() const { return builder_.shape(id_); }

  /// The input as it is, or in this layout (reordered once for all readers).
  Operand input(int i) { return builder_.value(program_node().inputs[i]); }
  Operand input(int i, Layout layout) { return builder_.value_in(program_node().inputs[i], layout); }
  /// A copy of an input with zeros around height and width.
  Operand padded_input(const Operand& in, const Padding& zeros);
  /// The input as it is, unless the result has a place that asks for another layout: for operators whose result lies as their input does.
  Operand input_as_output(int i) { return builder_.shares_memory(id_) ? input(i, Layout::kBlocked) : input(i); }
  /// Where the result goes. Call once.
  Operand output(Layout layout) { return builder_.define(id_, layout); }
  Operand output_like(const Operand& in) { return builder_.define(id_, in.layout); }
  /// The result is a run of an input's channels (slice), or written by others already (concatenation in place): no step.
  void output_is_placed() { builder_.define_placed(id_); }

  /// Primitive attributes: user-managed scratchpad and the fused activations.
  dnnl::primitive_attr attributes() { return attributes_of(nullptr, nullptr); }
  /// The same with fused additions, whose operands go into `arguments`.
  dnnl::primitive_attr attributes(const Operand& out, Arguments* arguments) { return attributes_of(&out, arguments); }

  /// 0: direct; 2, 4: the output tile that choose_algorithm picked.
  int winograd_tile() const { return program_node().winograd_tile; }
  std::optional<DenseStorage> dense_storage() const { return program_node().dense_storage; }
  /// The fused operations as our own kernels take them, and the value that they add.
  Epilogue::Order epilogue_order() const { return *quintet::epilogue_order(program_node().post_ops); }
  std::optional<Operand> addend(Layout layout);

  /// The layout of input 0 that the filters were packed for by an earlier plan. This plan must read it so too: the filters' order
  /// depends on it, and what they were packed from may be gone.
  std::optional<Layout> packed_layout() const { return builder_.weights().input_layout(node()); }
  void set_packed_layout(Layout layout) { builder_.weights().set_input_layout(node(), layout); }

  const Filters& filters() const { return *program_node().filters; }
  const ParameterValues& parameters() const { return program_node().values; }
  /// Filters [O, I, ...] in the form `desc`; `in` is I without the channels that fill up a block.
  Operand packed_filters(const dnnl::memory::desc& desc, int64_t in);
  /// Not a number throughout where the input has channels that are not, so that no ReLU on the way hides them from the answer.
  Operand packed_bias(int64_t outputs);
  bool has_bias() const { return filters().has_bias() || builder_.reads_nan(id_); }
  /// Filters in an own kernel's form, named by `role`.
  Operand own_filters(const std::string& role, size_t bytes, const std::function<void(void*)>& pack);
  /// `values`, then `rest` up to `length`.
  Operand packed_vector(const std::string& role, const std::vector<double>& values, int64_t length, double rest);

  void add_primitive(const dnnl::primitive_desc_base& description, const Arguments& arguments);
  void add_kernel(const std::string& kernel, std::vector<Operand> operands, std::function<void(void* const*)> function, size_t scratch_bytes = 0);
  void add_reorder(const Operand& from, const Operand& to) { builder_.add_reorder(id_, from, to); }
  /// Zeroes the whole root of `out`.
  void add_clear(const Operand& out);

 private:
  const ProgramNode& program_node() const { return builder_.program().nodes[id_]; }
  dnnl::primitive_attr attributes_of(const Operand* out, Arguments* arguments);

  PlanBuilder& builder_;
  int id_;
};

}  // namespace quintet
