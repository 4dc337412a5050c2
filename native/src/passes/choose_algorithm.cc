// Decides, layer by layer, between oneDNN's primitives and our kernels: Winograd by the cost model of kernels/winograd_schedule.h, first
// layers by their few channels, dense layers by how often their weights would be read.
#include "passes/passes.h"

namespace quintet {
namespace {

bool plain_or_relu(const ProgramNode& node) {
  const auto order = epilogue_order(node.post_ops);
  return order == Epilogue::kNone || order == Epilogue::kRelu;
}

/// Where oneDNN reads few channels its kernels are the slower ones.
bool suits_planar(const ProgramNode& node, const Shape& in, const Shape& out, int block) {
  return plain_or_relu(node) && PlanarConvolution::available(block) && node.op->planar_shape(node.name, in, out, block);
}

/// For few pictures reading the weights is all the cost; for more, oneDNN's matrix product reads them once and we would not.
std::optional<DenseStorage> dense_storage(const ProgramNode& node, const Target& target) {
  if (!node.op->is_matrix_product() || !plain_or_relu(node) || !DenseKernel::available()) return {};
  if (!few_pictures(target)) return {};
  if (target.precision == Precision::kExact) return DenseStorage::kFloat32;
  return target.precision == Precision::kInt8 && node.filters->is_integer() ? DenseStorage::kInt8 : DenseStorage::kBfloat16;
}

}  // namespace

void choose_algorithm(Program& program, const Target& target) {
  std::vector<Shape> shapes(program.nodes.size());
  for (int id : program.order) {
    ProgramNode& node = program.nodes[id];
    if (!node.alive) continue;
    const auto in = GraphData::input_shapes(node.inputs, shapes);
    shapes[id] = node.op ? node.op->infer_shape(node.name, in) : target.input;
    if (!node.op || !epilogue_order(node.post_ops)) continue;
    const auto winograd = node.op->winograd_shape(node.name, in[0], shapes[id], program.block);
    node.dense_storage = dense_storage(node, target);
    if (winograd) node.winograd_tile = choose_winograd_tile(*winograd, target.threads);
    node.planar = node.winograd_tile == 0 && suits_planar(node, in[0], shapes[id], program.block);
  }
}

}  // namespace quintet
