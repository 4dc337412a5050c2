#include "plan/saved_weights.h"

#include <set>

#include "quintet/error.h"

namespace quintet {
namespace {

constexpr int64_t kAlignment = 64;

/// Shapes of the weights of convolutions and dense layers: these are packed, and nothing else looks at their values.
std::map<std::string, std::vector<int64_t>> packed_parameters(const GraphData& graph) {
  std::map<std::string, std::vector<int64_t>> found;
  for (const GraphNode& node : graph.nodes) {
    if (node.op && node.op->is_linear()) found.emplace(node.parameters.front().name, node.parameters.front().shape);
  }
  return found;
}

}  // namespace

std::map<std::string, SavedTensor> packed_of(const TensorTable& saved) {
  const std::string prefix = kPackedPrefix;
  std::map<std::string, SavedTensor> packed;
  for (const auto& [name, tensor] : saved.all()) {
    if (!name.starts_with(prefix)) continue;
    if (reinterpret_cast<uintptr_t>(tensor.data) % kAlignment != 0) throw Error(ErrorKind::kFormat, name + " does not start on a boundary of " + std::to_string(kAlignment) + " bytes");
    packed.emplace(name.substr(prefix.size()), SavedTensor{tensor.data, tensor.bytes()});
  }
  return packed;
}

TensorTable unpacked_of(const TensorTable& saved, const GraphData& graph) {
  const std::string as_is = kAsIsPrefix, type = kTypePrefix;
  const auto packed = packed_parameters(graph);
  TensorTable table;
  for (const auto& [name, tensor] : saved.all()) {
    if (name.starts_with(as_is)) {
      table.add(name.substr(as_is.size()), tensor.type, tensor.shape.data(), static_cast<int>(tensor.shape.size()), tensor.data,
                tensor.bytes());
    } else if (name.starts_with(type)) {
      const auto at = packed.find(name.substr(type.size()));
      if (at == packed.end()) continue;
      table.declare(at->first, tensor.type, at->second);
    }
  }
  return table;
}

SmallTensors::SmallTensors(const TensorTable& weights, const GraphData& graph) {
  const auto packed = packed_parameters(graph);
  std::set<std::string> parameters;
  for (const GraphNode& node : graph.nodes) {
    for (const ParameterSpec& p : node.parameters) parameters.insert(p.name);
  }
  for (const auto& [name, tensor] : weights.all()) {
    if (packed.contains(name)) {
      copies_.push_back({kTypePrefix + name, tensor.type, {0}, {}});
    } else if (parameters.contains(name) || name.starts_with("quantization.") || name.ends_with("_scale")) {
      const char* data = static_cast<const char*>(tensor.data);
      copies_.push_back({kAsIsPrefix + name, tensor.type, tensor.shape, {data, data + tensor.bytes()}});
    }
  }
}

}  // namespace quintet
