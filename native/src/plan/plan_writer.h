// Memory and steps of a plan under construction, whoever decides what they are: the builder of inference plans or that of training plans.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plan/plan.h"

namespace quintet {

/// No optimised kernel: oneDNN would compute with its plain reference code.
bool is_reference(const dnnl::primitive_desc_base& description);

/// Throws Error kMemory or kInternal: oneDNN would not make a primitive for this node.
[[noreturn]] void refused(const std::string& node, std::string_view op, const dnnl::error& error);

/// Says in `attributes` how the integers of `argument` are to be understood, and puts the numbers that this takes into `arguments`.
void describe_numbers(const NumberType& type, int argument, dnnl::primitive_attr& attributes, std::unordered_map<int, Operand>& arguments);

/// Whose step it is: for explanations and errors.
struct StepOrigin {
  std::string node, op;
  Shape shape;
  int64_t macs = 0;
  const char* chosen_by = "";   // see Step
  int64_t work = -1;            // see Step; -1: as many as macs
};

class PlanWriter {
 public:
  using Arguments = std::unordered_map<int, Operand>;
  using Kernel = std::function<void(void* const*)>;

  /// `block`: channels in a block on this CPU.
  PlanWriter(const dnnl::engine& engine, int block) : engine_(engine), block_(block), plan_(std::make_unique<Plan>()) {}

  const dnnl::engine& engine() const { return engine_; }
  int block() const { return block_; }
  Plan& plan() { return *plan_; }
  const MemoryRoot& root(int index) const { return plan_->roots[index]; }

  /// `slot`: the caller's buffer, or -1 for a place in the arena.
  int add_root(size_t bytes, int slot);
  /// Memory for a tensor of this shape.
  Operand make_value(const Shape& shape, const Form& form, int slot);
  /// Memory for whatever a primitive describes: workspaces, statistics.
  Operand make_memory(const dnnl::memory::desc& desc);
  dnnl::memory::desc value_desc(const Shape& shape, const Form& form) const;
  dnnl::memory::desc blocked_desc(const Shape& shape, int64_t channels) const;

  /// `layout`: what explanations show.
  void add_primitive(const StepOrigin& origin, const dnnl::primitive_desc_base& description, const Arguments& arguments, Layout layout);
  /// `kernel` is called with the operands' addresses in order, then `scratch_bytes` of scratch memory.
  void add_kernel(const StepOrigin& origin, const std::string& name, std::vector<Operand> operands, Kernel kernel, size_t scratch_bytes);
  /// Copies what both describe logically, as real numbers; the filling of blocks becomes zero.
  void add_reorder(const StepOrigin& origin, const Operand& from, const Operand& to);

  /// Places everything in the arena. Call once, last.
  std::unique_ptr<Plan> finish();

 private:
  dnnl::memory::desc rank4_desc(const Shape& shape, const Form& form) const;
  bool add_conversion(const StepOrigin& origin, const Operand& from, const Operand& to);
  void add(Step step);

  const dnnl::engine& engine_;
  int block_;
  std::unique_ptr<Plan> plan_;
};

}  // namespace quintet
