#include "passes/bind.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "passes/quantization.h"
#include "quintet/error.h"

namespace quintet {
namespace {

constexpr size_t kNamesShown = 20;

/// Names under one heading, the first few in full.
std::string listed(const std::string& heading, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string text = "; " + std::to_string(items.size()) + " " + heading + ": ";
  for (size_t i = 0; i < items.size() && i < kNamesShown; ++i) text += (i == 0 ? "" : ", ") + items[i];
  return items.size() > kNamesShown ? text + ", ..." : text;
}

void bind_parameters(const GraphNode& from, const TensorTable& weights, ProgramNode& to) {
  std::vector<TensorView> tensors;
  for (const ParameterSpec& p : from.parameters) tensors.push_back(*weights.find(p.name));
  if (!from.op->is_linear()) {
    for (const TensorView& t : tensors) to.values.push_back(as_doubles(t));
    return;
  }
  FilterPart part;
  part.weight = tensors[0];
  part.outputs = part.weight.shape[0];
  part.scales = weight_scales(from.parameters[0], weights);
  if (tensors.size() > 1) part.bias = tensors[1];
  to.filters = std::make_unique<Filters>();
  to.filters->parts.push_back(std::move(part));
}

void want(Program& program, const std::string& name, int node) {
  program.outputs.push_back({name, node});
  program.nodes[node].wanted = true;
}

void want_heads(const GraphData& graph, const std::string& wanted, Program& program) {
  std::vector<std::string> names = lines(wanted);
  const auto asked = [&](const std::string& name) { return wanted.empty() || std::erase(names, name) > 0; };
  for (const GraphHead& head : graph.heads) {
    const bool whole = asked(head.name);
    if (whole || asked(head.name + ".logits")) want(program, head.name + ".logits", head.logits);
    if (head.softmax >= 0 && (whole || asked(head.name + ".softmax"))) want(program, head.name + ".softmax", head.softmax);
  }
  if (!names.empty()) throw Error(ErrorKind::kArgument, graph.name + " has no head named '" + names.front() + "'");
}

}  // namespace

void check_weights(const GraphData& graph, const TensorTable& weights, bool ignore_unused) {
  std::vector<std::string> missing, misshapen, unused;
  std::set<std::string> known;
  for (const GraphNode& node : graph.nodes) {
    for (const ParameterSpec& p : node.parameters) {
      known.insert(p.name);
      const TensorView* tensor = weights.find(p.name);
      if (tensor == nullptr) {
        missing.push_back(p.name + " " + to_string(p.shape));
      } else if (tensor->shape != p.shape) {
        misshapen.push_back(p.name + " is " + to_string(tensor->shape) + ", expected " + to_string(p.shape));
      }
    }
  }
  for (const std::string& name : quantization_names(graph, weights)) known.insert(name);
  for (const auto& [name, tensor] : weights.all()) {
    if (!known.contains(name)) unused.push_back(name);
  }
  if (ignore_unused) unused.clear();
  if (missing.empty() && misshapen.empty() && unused.empty()) return;
  throw Error(ErrorKind::kWeights, "the weights do not fit " + graph.name + listed("missing", missing) + listed("of another shape", misshapen) +
                                       listed("left over", unused));
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> found;
  std::stringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) found.push_back(line);
  }
  return found;
}

Program bind(const GraphData& graph, const TensorTable& weights, const CompileOptions& options, int block) {
  if (graph.nodes.empty()) throw Error(ErrorKind::kArgument, graph.name + " is empty");
  check_weights(graph, weights, options.ignore_unused);
  if (options.precision == Precision::kInt8) require_quantized(graph, weights);
  Program program;
  program.block = block;
  for (const GraphNode& from : graph.nodes) {
    ProgramNode node;
    node.name = from.name;
    node.op = from.op;
    node.inputs = from.inputs;
    node.rank = from.shape.rank;
    node.range = value_range(from.name, weights);
    if (from.op) bind_parameters(from, weights, node);
    const int id = static_cast<int>(program.nodes.size());
    program.nodes.push_back(std::move(node));
    program.order.push_back(id);
    program.set_channels(id, from.shape.c());
  }
  want_heads(graph, options.heads, program);
  for (const std::string& name : lines(options.outputs)) {
    const auto at = graph.by_name.find(name);
    if (at == graph.by_name.end()) throw Error(ErrorKind::kArgument, graph.name + " has no layer named '" + name + "'");
    want(program, name, at->second);
  }
  if (program.outputs.empty()) throw Error(ErrorKind::kArgument, graph.name + " has no head, and no layer was asked for");
  return program;
}

}  // namespace quintet
