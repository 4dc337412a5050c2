// Makes dense layers of convolutions whose kernels cover the whole picture (LeNet-5's last, networks written without dense layers): they
// are products with a matrix, for which there are better kernels. Only before other dense layers: the picture's size is then fixed by their weights.
#include <algorithm>

#include "passes/passes.h"

namespace quintet {
namespace {

bool feeds_dense_layers_only(const Program& program, int id) {
  const auto readers = program.readers(id);
  return !readers.empty() && std::all_of(readers.begin(), readers.end(), [&](int r) {
    const ProgramNode& reader = program.nodes[r];
    return reader.op->is_matrix_product() && reader.inputs == std::vector<int>{id};
  });
}

}  // namespace

void flatten_convolutions(Program& program, const Target& target) {
  const auto shapes = program.shapes(target.input);
  for (int id : program.order) {
    ProgramNode& node = program.nodes[id];
    const bool candidate = node.alive && node.op && node.filters && !node.wanted;
    if (!candidate || node.op->is_matrix_product() || !finish(node.post_ops) || !feeds_dense_layers_only(program, id)) continue;
    const OperatorPtr dense = node.op->as_dense(node.name, shapes[node.inputs[0]]);
    if (!dense) continue;
    node.op = dense;
    node.rank = 2;
  }
}

}  // namespace quintet
