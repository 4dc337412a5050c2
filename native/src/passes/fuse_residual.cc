// Adds a block's shortcut where the last convolution of its branch writes its result; activations before and after the addition keep
// their order, so both forms work: add then ReLU (He et al. 2015), ReLU then add (the article's).
#include "passes/passes.h"

namespace quintet {
namespace {

/// Which input of the addition can take it in: computed after the other one, read by nobody else.
int absorbing_input(const Program& program, int addition) {
  const ProgramNode& node = program.nodes[addition];
  for (int i : {0, 1}) {
    const int id = node.inputs[i], other = node.inputs[1 - i];
    const ProgramNode& producer = program.nodes[id];
    if (id == other || !producer.op || !producer.op->absorbs_addition() || producer.wanted) continue;
    if (program.readers(id).size() == 1 && program.position(other) < program.position(id)) return i;
  }
  return -1;
}

}  // namespace

void fuse_residual(Program& program) {
  for (int id : program.order) {
    ProgramNode& node = program.nodes[id];
    if (!node.alive || !node.op || !node.op->is_addition()) continue;
    const int i = absorbing_input(program, id);
    if (i < 0) continue;
    ProgramNode& producer = program.nodes[node.inputs[i]];
    producer.post_ops.push_back({{}, node.inputs[1 - i]});
    producer.post_ops.insert(producer.post_ops.end(), node.post_ops.begin(), node.post_ops.end());
    program.replace(id, node.inputs[i]);
  }
}

}  // namespace quintet
