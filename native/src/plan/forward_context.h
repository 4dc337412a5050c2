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

  /// The input in float32 as it is, plain or blocked, or in this layout (converted once for all readers).
  Operand input(int i) { return builder_.float_value(program_node().inputs[i]); }
  Operand input(int i, const Form& form) { return builder_.value_in(program_node().inputs[i], form); }
  /// A copy of an input with zeros around height and width.
  Operand padded_input(const Operand& in, const Padding& zeros);
  /// The input as it is, unless the result has a place that asks for another layout: for operators whose result lies as their input does.
  Operand input_as_output(int i) { return builder_.shares_memory(id_) ? input(i, Layout::kBlocked) : input(i); }
  /// Where the result goes. Call once.
  Operand output(const Form& form) { return builder_.define(id_, form); }
  Operand output_like(const Operand& in) { return builder_.define(id_, in.form()); }
  /// The result is a run of an input's channels (slice), or written by others already (concatenation in place): no step.
  void output_is_placed() { builder_.define_placed(id_); }

  // A node that computes from narrow values (passes/lower_precision.cc).
  bool is_narrow() const { return program_node().narrow; }
  const NumberType& narrow_input_type(int i) const { return *builder_.program().nodes[program_node().inputs[i]].narrow_type; }
  Form narrow_input_form(int i) const { return {narrow_layout(input_shape(i)), narrow_input_type(i)}; }
  /// Channels-last, in the type that narrow readers take it in.
  Operand narrow_input(int i) { return input(i, narrow_input_form(i)); }
  Form result_form() const { return {narrow_layout(output_shape()), program_node().type}; }
  dnnl::memory::desc desc_of(const Shape& shape, const Form& form) const { return builder_.writer().value_desc(shape, form); }
  /// Takes output() back: nothing was written.
  void forget_output() { builder_.undefine(id_); }
  /// Primitive attributes with the fused operations of a result that is written as `out` says. A fused addition's operand is brought
  /// into the result's memory first.
  dnnl::primitive_attr narrow_attributes(const Operand& out, Arguments& arguments);
  /// Integer weights in the form `desc`; see Filters::is_integer.
  Operand packed_integers(const dnnl::memory::desc& desc);
  /// By output: takes the sum of products of integers to real numbers. Zeros up to `length`.
  Operand integer_scales(int64_t length);
  Operand integer_scales() { return integer_scales(filters().outputs()); }

  /// Primitive attributes: user-managed scratchpad and the fused activations.
  dnnl::primitive_attr attributes() { return attributes_of(nullptr, nullptr); }
  /// The same with fused additions, whose operands go into `arguments`.
  dnnl::primitive_attr attributes(const Operand& out, Arguments* arguments) { return attributes_of(&out, arguments); }

  /// What choose_algorithm picked: the tile of a convolution in tiles, 0 another algorithm; the own kernel for few channels in planes.
  int tile() const { return program_node().tile; }
  Factors factors() const { return program_node().factors; }
  bool planar() const { return program_node().planar; }
  ByteKernel byte_kernel() const { return program_node().byte_kernel; }
  /// The schedule that was measured for this very input; none: choose_schedule's.
  std::optional<TileSchedule> tile_schedule() const {
    return program_node().scheduled_for == input_shape(0) ? program_node().tile_schedule : std::nullopt;
  }
  std::optional<DenseStorage> dense_storage() const { return program_node().dense_storage; }
  /// The fused operations as our own kernels take them, and the value that they add.
  Epilogue::Order epilogue_order() const { return *quintet::epilogue_order(program_node().post_ops); }
  std::optional<Operand> addend(Layout layout);
  /// The one fused activation; none: there are more operations, or an addition.
  std::optional<Finish> finish() const { return quintet::finish(program_node().post_ops); }

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
  /// `work`: multiplications, if they are not the operator's.
  void add_kernel(const std::string& kernel, std::vector<Operand> operands, std::function<void(void* const*)> function, size_t scratch_bytes = 0, int64_t work = -1);
  void add_reorder(const Operand& from, const Operand& to) { builder_.add_reorder(id_, from, to); }
  /// Zeroes the whole root of `out`.
  void add_clear(const Operand& out);

 private:
  const ProgramNode& program_node() const { return builder_.program().nodes[id_]; }
  static Layout narrow_layout(const Shape& shape) { return shape.rank == 4 ? Layout::kChannelsLast : Layout::kPlain; }
  NumberType bring_addend(int addend, const Operand& out);
  dnnl::primitive_attr attributes_of(const Operand* out, Arguments* arguments);

  PlanBuilder& builder_;
  int id_;
};

}  // namespace quintet
