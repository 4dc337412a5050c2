// Multiplies a channel affine (batch normalisation in inference) into the weights of the convolution or dense layer before it.
#include "passes/passes.h"

namespace quintet {

void fold_batch_norm(Program& program) {
  for (int id : program.order) {
    ProgramNode& node = program.nodes[id];
    if (!node.alive || !node.op || node.values.empty()) continue;
    const auto affine = node.op->as_channel_affine(node.values);
    if (!affine) continue;
    const int before = node.inputs[0];
    ProgramNode& linear = program.nodes[before];
    if (!linear.filters || linear.wanted || !linear.post_ops.empty() || program.readers(before).size() != 1) continue;
    linear.filters->fold(*affine);
    program.replace(id, before);
  }
}

}  // namespace quintet
