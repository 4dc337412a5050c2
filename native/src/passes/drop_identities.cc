// Removes operators that leave values as they are: identity, dropout, and a flatten whose readers take any rank.
#include <algorithm>

#include "passes/passes.h"

namespace quintet {
namespace {

bool may_go(const Program& program, int id) {
  const ProgramNode& node = program.nodes[id];
  if (!node.op || !node.post_ops.empty()) return false;
  if (node.op->is_identity()) return true;
  const auto readers = program.readers(id);
  return node.op->is_reshape() && !node.wanted &&
         std::all_of(readers.begin(), readers.end(), [&](int r) { return program.nodes[r].op->accepts_any_rank(); });
}

}  // namespace

void drop_identities(Program& program) {
  for (int id : program.order) {
    if (program.nodes[id].alive && may_go(program, id)) program.replace(id, program.nodes[id].inputs[0]);
  }
}

}  // namespace quintet
