// Decides, layer by layer, between oneDNN's direct convolution and our Winograd kernels, by the cost model of kernels/winograd_schedule.h.
#include "passes/passes.h"

namespace quintet {

void choose_algorithm(Program& program, const Target& target) {
  std::vector<Shape> shapes(program.nodes.size());
  for (int id : program.order) {
    ProgramNode& node = program.nodes[id];
    if (!node.alive) continue;
    const auto in = GraphData::input_shapes(node.inputs, shapes);
    shapes[id] = node.op ? node.op->infer_shape(node.name, in) : target.input;
    if (!node.op || !epilogue_order(node.post_ops)) continue;
    const auto winograd = node.op->winograd_shape(node.name, in[0], shapes[id], program.block);
    if (winograd) node.winograd_tile = choose_winograd_tile(*winograd, target.threads);
  }
}

}  // namespace quintet
