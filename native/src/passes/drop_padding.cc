// Lets the window that follows (convolution, pooling) read zeros around its input instead of storing them.
#include <algorithm>

#include "passes/passes.h"

namespace quintet {
namespace {

bool is_non_negative(const Program& program, int id) {
  const ProgramNode& node = program.nodes[id];
  if (!node.op) return false;
  const auto never_negative = [](std::optional<Activation> a) { return a == Activation::kRelu || a == Activation::kSigmoid; };
  if (!node.post_ops.empty()) return never_negative(node.post_ops.back().activation);
  if (never_negative(node.op->as_activation())) return true;
  return node.op->keeps_sign() && std::all_of(node.inputs.begin(), node.inputs.end(), [&](int in) { return is_non_negative(program, in); });
}

}  // namespace

void drop_padding(Program& program) {
  for (int id : program.order) {
    ProgramNode& node = program.nodes[id];
    if (!node.alive || !node.op || node.wanted) continue;
    const auto zeros = node.op->as_zero_padding();
    if (!zeros) continue;
    const bool non_negative = is_non_negative(program, node.inputs[0]);
    std::vector<std::pair<int, OperatorPtr>> padded;
    for (int reader : program.readers(id)) padded.emplace_back(reader, program.nodes[reader].op->with_input_padding(*zeros, non_negative));
    if (std::any_of(padded.begin(), padded.end(), [](const auto& p) { return p.second == nullptr; })) continue;
    for (const auto& [reader, op] : padded) program.nodes[reader].op = op;
    program.replace(id, node.inputs[0]);
  }
}

}  // namespace quintet
