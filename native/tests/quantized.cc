#include "quantized.h"

#include <algorithm>
#include <iterator>
#include <regex>

namespace quintet::testing {

using reference::Tensor;

Bytes::Bytes(double low, double high) {
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  if (high > low) scale = static_cast<float>((high - low) / 255);
  zero = static_cast<int>(std::nearbyint(-low / scale));
}

double Bytes::nearest(double value) const { return (std::clamp(std::nearbyint(value / scale) + zero, 0.0, 255.0) - zero) * scale; }

Tensor Bytes::nearest(const Tensor& values) const {
  return reference::map(values, [this](double v) { return nearest(v); });
}

QuantizedNetwork::QuantizedNetwork(Network& network, const Tensor& calibration, const std::vector<std::string>& kept) : network_(network) {
  const Graph& graph = network.graph;
  CompileOptions options;
  for (int node = 1; node < graph.node_count(); ++node) options.outputs += graph.node_name(node) + "\n";
  const Model model = network.compile(options);
  const auto [low, high] = std::minmax_element(calibration.values.begin(), calibration.values.end());
  ranges_["input"] = {static_cast<float>(*low), static_cast<float>(*high)};
  for (int i = 0; i < model.output_count(); ++i) {
    const auto values = Network::run(model, calibration, i);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    ranges_[model.output_name(i)] = {*least, *most};
  }
  ranges_.erase("out.logits");
  for (int p = 0; p < graph.parameter_count(); ++p) {
    const bool keep = std::find(kept.begin(), kept.end(), graph.node_layer(graph.parameter_node(p))) != kept.end();
    const std::string op = graph.node_op(graph.parameter_node(p));
    if (!keep && graph.parameter_kind(p) == "weight" && (op == "convolution" || op == "dense")) quantize(p);
  }
}

void QuantizedNetwork::quantize(int parameter) {
  const Graph& graph = network_.graph;
  const std::string name = graph.parameter_name(parameter);
  Integers made;
  for (int axis = 0; axis < graph.parameter_rank(parameter); ++axis) made.shape.push_back(graph.parameter_dim(parameter, axis));
  const auto& values = network_.weight(name);
  const size_t row = values.size() / made.shape[0];
  for (size_t i = 0; i < values.size(); ++i) {
    if (i % row == 0) {
      float largest = 0;
      for (size_t j = i; j < i + row; ++j) largest = std::max(largest, std::abs(values[j]));
      made.scales.push_back(largest / 64);
    }
    made.values.push_back(static_cast<int8_t>(std::nearbyint(values[i] / made.scales.back())));
  }
  integers_[name] = std::move(made);
}

TensorTable QuantizedNetwork::table() const {
  TensorTable table;
  const TensorTable floats = network_.table();
  for (const auto& [name, tensor] : floats.all()) {
    const auto at = integers_.find(name);
    const auto rank = static_cast<int>(tensor.shape.size());
    if (at == integers_.end()) {
      table.add(name, tensor.type, tensor.shape.data(), rank, tensor.data, static_cast<int64_t>(network_.weight(name).size()) * 4);
    } else {
      const Integers& i = at->second;
      table.add(name, DataType::kI8, i.shape.data(), rank, i.values.data(), static_cast<int64_t>(i.values.size()));
      table.add(name + "_scale", DataType::kF32, i.shape.data(), 1, i.scales.data(), static_cast<int64_t>(i.scales.size()) * 4);
    }
  }
  const int64_t two[] = {2};
  for (const auto& [node, range] : ranges_) table.add("quantization." + node + ".range", DataType::kF32, two, 1, range.data(), 8);
  return table;
}

Model QuantizedNetwork::compile(CompileOptions options) const {
  options.precision = Precision::kInt8;
  return Model(network_.graph, table(), options);
}

CompileOptions QuantizedNetwork::all_bytes() {
  CompileOptions options;
  options.without = "weigh_precision";
  return options;
}

Bytes QuantizedNetwork::bytes(const std::string& node) const { return {ranges_.at(node)[0], ranges_.at(node)[1]}; }

std::vector<float> QuantizedNetwork::weight(const std::string& name) const {
  const Integers& i = integers_.at(name);
  std::vector<float> values;
  const size_t row = i.values.size() / i.scales.size();
  for (size_t e = 0; e < i.values.size(); ++e) values.push_back(static_cast<float>(i.values[e]) * i.scales[e / row]);
  return values;
}

int count(const Model& model, const std::string& text) {
  const std::string plan = model.explain();
  int found = 0;
  for (size_t at = plan.find(text); at != std::string::npos; at = plan.find(text, at + 1)) ++found;
  return found;
}

int count_fast(const Model& model, const std::string& op, const std::string& precision) {
  const std::string plan = model.explain();
  const std::regex step("\"op\":\"" + op + "\",\"kernel\":\"(?!ref)[^\"]*\",\"layout\":\"[^\"]*\",\"precision\":\"" + precision + "\"");
  return static_cast<int>(std::distance(std::sregex_iterator(plan.begin(), plan.end(), step), std::sregex_iterator()));
}

}  // namespace quintet::testing
