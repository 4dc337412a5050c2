// Lets everything compute with narrow numbers that can: bfloat16 where the CPU multiplies it, bytes where the file has integer weights
// and calibrated ranges. Values that operators only select or average (pools, concatenation) share one quantisation, so that bytes
// pass through them as they are, and the branches of a concatenation are written in its quantisation at once. Which layers are
// better left in float32 is weigh_precision's business.
#include <algorithm>
#include <numeric>

#include "passes/precision.h"

namespace quintet {
namespace {

/// Nodes whose values share a quantisation.
class Groups {
 public:
  explicit Groups(size_t nodes) : parent_(nodes) { std::iota(parent_.begin(), parent_.end(), 0); }
  int of(int node) { return parent_[node] == node ? node : parent_[node] = of(parent_[node]); }
  void tie(int a, int b) { parent_[of(a)] = of(b); }

 private:
  std::vector<int> parent_;
};

void set_bytes(Program& program) {
  Groups groups(program.nodes.size());
  for (int id : program.order) {
    const ProgramNode& node = program.nodes[id];
    if (!node.alive || !node.op || !node.op->keeps_numbers()) continue;
    for (int in : node.inputs) groups.tie(id, in);
  }
  std::vector<std::optional<ValueRange>> ranges(program.nodes.size());
  for (int id : program.order) {
    const ProgramNode& node = program.nodes[id];
    auto& shared = ranges[groups.of(id)];
    if (!node.alive || !node.range) continue;
    shared = shared ? ValueRange{std::min(shared->low, node.range->low), std::max(shared->high, node.range->high)} : *node.range;
  }
  for (int id : program.order) {
    if (const auto& range = ranges[groups.of(id)]) program.nodes[id].narrow_type = NumberType::covering(range->low, range->high);
  }
}

bool can_be_narrow(const Program& program, const ProgramNode& node, NumberType::Kind kind, const Target& target) {
  if (!node.alive || !node.op || !node.op->computes(kind)) return false;
  const auto is_narrow = [&](int value) { return program.nodes[value].narrow_type.has_value(); };
  const bool keeps = node.op->keeps_numbers();
  // Dense layers of so few pictures keep float16 weights and compute in float32 (choose_algorithm); bytes have a kernel of their own.
  const auto order = epilogue_order(node.post_ops);
  const bool byte_kernel = kind == NumberType::kUint8 && (order == Epilogue::kNone || order == Epilogue::kRelu);
  const bool refuses = node.op->is_matrix_product() && (kind == NumberType::kUint8 ? !byte_kernel : few_pictures(target));
  const bool integer_weights = !node.filters || kind != NumberType::kUint8 || node.filters->is_integer();
  const auto addends = std::count_if(node.post_ops.begin(), node.post_ops.end(), [](const PostOp& p) { return p.addend >= 0; });
  return !refuses && integer_weights && addends <= 1 && (!keeps || node.narrow_type) && std::all_of(node.inputs.begin(), node.inputs.end(), is_narrow) &&
         std::all_of(node.post_ops.begin(), node.post_ops.end(), [&](const PostOp& p) { return p.addend < 0 || is_narrow(p.addend); });
}

}  // namespace

std::optional<NumberType::Kind> narrow_kind(const Target& target) {
  if (target.precision == Precision::kInt8 && target.core.int8_ops_per_ns > 0) return NumberType::kUint8;
  if (target.precision == Precision::kBf16 && target.core.bf16_flops_per_ns > 0) return NumberType::kBfloat16;
  return {};
}

void settle_types(Program& program) {
  for (int id : program.order) {
    ProgramNode& node = program.nodes[id];
    const auto readers = program.readers(id);
    const bool has_narrow_reader = std::any_of(readers.begin(), readers.end(), [&](int r) { return program.nodes[r].narrow; });
    const bool writes_narrow = node.narrow && node.rank == 4 && node.narrow_type && (node.op->keeps_numbers() || has_narrow_reader);
    node.type = writes_narrow ? *node.narrow_type : NumberType{};
  }
}

void lower_precision(Program& program, const Target& target) {
  const auto kind = narrow_kind(target);
  if (!kind) return;
  if (*kind == NumberType::kUint8) {
    set_bytes(program);
  } else {
    for (ProgramNode& node : program.nodes) node.narrow_type = NumberType{NumberType::kBfloat16};
  }
  for (ProgramNode& node : program.nodes) node.narrow = can_be_narrow(program, node, *kind, target);
  settle_types(program);
}

}  // namespace quintet
