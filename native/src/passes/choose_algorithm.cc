// Decides, layer by layer, between oneDNN's primitives and our kernels: by an earlier measurement (plan/tuner.h) where there is one,
// else Winograd by the cost model of kernels/tiled_schedule.h, first layers by their few channels, dense layers by how often their weights
// would be read.
#include <algorithm>

#include "passes/algorithm.h"
#include "passes/passes.h"

namespace quintet {
namespace {

/// Sets what was chosen for such a layer before, if this precision and CPU permit it.
bool choose_as_before(ProgramNode& node, const LayerWays& layer, const Shape& in, const std::map<std::string, std::string>& choices) {
  const auto at = choices.find(layer.key);
  if (at == choices.end()) return false;
  const bool by_model = at->second.ends_with(kChosenByModel);
  const auto algorithm = parse_algorithm(at->second.substr(0, at->second.find('\t')));
  if (!algorithm || !layer.permits(*algorithm)) return false;
  set_algorithm(node, *algorithm, in);
  node.choice = by_model ? Choice::kModel : Choice::kMeasured;
  return true;
}

/// Own kernels write bytes, whoever reads them: not what was asked for as a result, and not into memory shared with float32 values.
bool can_write_bytes(const Program& program, int id) {
  const ProgramNode& node = program.nodes[id];
  if (!node.narrow || !node.narrow_type || node.narrow_type->kind != NumberType::kUint8) return false;
  if (node.type.kind == NumberType::kUint8) return true;
  const bool shared = std::any_of(program.nodes.begin(), program.nodes.end(), [&](const ProgramNode& n) { return n.alive && n.placement.owner == id; });
  return !node.wanted && !shared && node.placement.owner < 0;
}

}  // namespace

void choose_algorithm(Program& program, const Target& target) {
  std::vector<Shape> shapes(program.nodes.size());
  for (int id : program.order) {
    ProgramNode& node = program.nodes[id];
    if (!node.alive) continue;
    const auto in = GraphData::input_shapes(node.inputs, shapes);
    shapes[id] = node.op ? node.op->infer_shape(node.name, in) : target.input;
    if (in.empty()) continue;
    if (can_write_bytes(program, id)) node.byte_kernel = choose_byte_kernel(node, in[0], shapes[id], target);
    if (node.byte_kernel != ByteKernel::kOneDnn) node.type = *node.narrow_type;
    const auto layer = layer_ways(program, node, in[0], shapes[id], target);
    if (!layer) continue;
    if (node.narrow) {                       // in case there is no narrow kernel after all
      set_algorithm(node, layer->ways.front(), in[0]);
      continue;
    }
    node.layer_key = layer->key;
    if (choose_as_before(node, *layer, in[0], target.choices)) continue;
    node.choice = Choice::kModel;
    set_algorithm(node, layer->ways.front(), in[0]);
  }
}

}  // namespace quintet
