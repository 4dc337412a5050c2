#include "passes/quantization.h"

#include <algorithm>
#include <cmath>

#include "quintet/error.h"

namespace quintet {
namespace {

std::string scale_name(const std::string& parameter) { return parameter + "_scale"; }
std::string range_name(const std::string& node) { return "quantization." + node + ".range"; }

/// A tensor of the file as floats. Throws Error kWeights unless it is a vector of so many floating-point numbers.
std::vector<float> numbers(const std::string& name, const TensorView& tensor, int64_t count) {
  const bool floating = tensor.type == DataType::kF32 || tensor.type == DataType::kF64 || tensor.type == DataType::kF16 || tensor.type == DataType::kBF16;
  if (!floating) throw Error(ErrorKind::kWeights, name + " is not floating point");
  if (tensor.shape != std::vector<int64_t>{count}) {
    throw Error(ErrorKind::kWeights, name + " is " + to_string(tensor.shape) + ", expected " + std::to_string(count));
  }
  std::vector<float> values(count);
  copy_as_floats(tensor, 0, count, values.data());
  return values;
}

bool is_quantized(const GraphNode& node, const TensorTable& weights) {
  if (!node.op || !node.op->is_linear()) return false;
  const TensorView* weight = weights.find(node.parameters[0].name);
  return weight != nullptr && weight->type == DataType::kI8;
}

}  // namespace

std::vector<std::string> quantization_names(const GraphData& graph, const TensorTable& weights) {
  std::vector<std::string> names;
  const auto take = [&](const std::string& name) {
    if (weights.find(name) != nullptr) names.push_back(name);
  };
  for (const GraphNode& node : graph.nodes) {
    take(range_name(node.name));
    if (is_quantized(node, weights)) take(scale_name(node.parameters[0].name));
  }
  return names;
}

std::vector<float> weight_scales(const ParameterSpec& weight, const TensorTable& weights) {
  if (weights.find(weight.name)->type != DataType::kI8) return {};
  const std::string name = scale_name(weight.name);
  const TensorView* scale = weights.find(name);
  if (scale == nullptr) throw Error(ErrorKind::kWeights, weight.name + " is int8, but there is no " + name + " " + to_string(std::vector<int64_t>{weight.shape[0]}));
  std::vector<float> scales = numbers(name, *scale, weight.shape[0]);
  for (float s : scales) {
    if (!std::isfinite(s) || s <= 0) throw Error(ErrorKind::kWeights, name + " holds " + std::to_string(s) + ", expected finite numbers above 0");
  }
  return scales;
}

std::optional<ValueRange> value_range(const std::string& node, const TensorTable& weights) {
  const std::string name = range_name(node);
  const TensorView* tensor = weights.find(name);
  if (tensor == nullptr) return {};
  const std::vector<float> ends = numbers(name, *tensor, 2);
  if (!std::isfinite(ends[0]) || !std::isfinite(ends[1]) || ends[0] > ends[1]) {
    throw Error(ErrorKind::kWeights, name + " is " + std::to_string(ends[0]) + " to " + std::to_string(ends[1]) + ", expected finite numbers, the smaller first");
  }
  return ValueRange{ends[0], ends[1]};
}

void require_quantized(const GraphData& graph, const TensorTable& weights) {
  if (std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const GraphNode& n) { return is_quantized(n, weights); })) return;
  throw Error(ErrorKind::kWeights, "precision int8 needs quantised weights, and no weight of " + graph.name + " is int8: run `quantize` on them first");
}

}  // namespace quintet
