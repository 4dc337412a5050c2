#include "network.h"

namespace quintet::testing {

using reference::Tensor;

Network::Network(int64_t channels, int64_t height, int64_t width) : graph("test") { graph.input("input", channels, height, width); }

int Network::add(const std::string& op, const std::string& name, const std::vector<int>& inputs, const std::string& attributes) {
  const int node = graph.add(op, name, "", inputs.data(), static_cast<int>(inputs.size()), attributes);
  for (int p = 0; p < graph.parameter_count(); ++p) {
    const std::string parameter = graph.parameter_name(p);
    if (weights_.contains(parameter)) continue;
    size_t count = 1, fan_in = 1;
    for (int axis = 0; axis < graph.parameter_rank(p); ++axis) {
      count *= graph.parameter_dim(p, axis);
      if (axis > 0) fan_in *= graph.parameter_dim(p, axis);
    }
    const bool variance = graph.parameter_kind(p) == "var";
    const double bound = variance ? 1.5 : fan_in > 1 ? 1.7 / std::sqrt(static_cast<double>(fan_in)) : 1;
    weights_[parameter] = reference::random_floats(count, static_cast<uint32_t>(std::hash<std::string>()(parameter)), variance ? 0.5 : -bound, bound);
  }
  return node;
}

const std::vector<float>& Network::weight(const std::string& name) { return weights_.at(name); }

TensorTable Network::table() {
  TensorTable table;
  for (int p = 0; p < graph.parameter_count(); ++p) {
    std::vector<int64_t> shape;
    for (int axis = 0; axis < graph.parameter_rank(p); ++axis) shape.push_back(graph.parameter_dim(p, axis));
    const auto& values = weight(graph.parameter_name(p));
    table.add(graph.parameter_name(p), DataType::kF32, shape.data(), static_cast<int>(shape.size()), values.data(), static_cast<int64_t>(values.size()) * 4);
  }
  return table;
}

Model Network::compile(CompileOptions options) { return Model(graph, table(), options); }

std::vector<float> Network::run(const Tensor& input, const CompileOptions& options) { return run(compile(options), input); }

std::vector<float> Network::run(const Model& model, const Tensor& input, int output) {
  Session session(model, input.shape.n(), input.shape.h(), input.shape.w());
  const std::vector<float> x(input.values.begin(), input.values.end());
  session.bind_input(x.data(), static_cast<int64_t>(x.size()) * 4);
  int64_t elements = 1;
  for (int axis = 0; axis < session.output_rank(output); ++axis) elements *= session.output_dim(output, axis);
  std::vector<float> y(elements, -7.f);
  session.bind_output(output, y.data(), elements * 4);
  session.run(-1);
  return y;
}

std::string message(const Error& e) {
  const std::string what = e.what();
  return what.substr(what.find('|') + 1);
}

}  // namespace quintet::testing
