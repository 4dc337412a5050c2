// Applies an activation where its only producer writes its result.
#include "passes/passes.h"

namespace quintet {

void fuse_activation(Program& program) {
  for (int id : program.order) {
    ProgramNode& node = program.nodes[id];
    if (!node.alive || !node.op) continue;
    const auto activation = node.op->as_activation();
    if (!activation) continue;
    const int before = node.inputs[0];
    ProgramNode& producer = program.nodes[before];
    if (!producer.op || !producer.op->absorbs_activation(*activation) || producer.wanted || program.readers(before).size() != 1) continue;
    producer.post_ops.push_back({*activation, -1});
    producer.post_ops.insert(producer.post_ops.end(), node.post_ops.begin(), node.post_ops.end());
    program.replace(id, before);
  }
}

}  // namespace quintet
