#include "train/setup.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "passes/bind.h"
#include "passes/passes.h"
#include "quintet/error.h"

namespace quintet {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorKind::kArgument, message); }

void expect_between(const char* name, double value, double low, double high) {
  if (!(value >= low && value <= high)) refuse(std::string(name) + " is " + std::to_string(value) + ", expected " + std::to_string(low) + " to " + std::to_string(high));
}

/// "name=1.5"
std::pair<std::string, double> named_weight(const std::string& line) {
  const size_t equals = line.rfind('=');
  if (equals == std::string::npos) refuse("head weight '" + line + "' is not head=weight");
  double weight = 0;
  const char* end = line.data() + line.size();
  const auto [read, error] = std::from_chars(line.data() + equals + 1, end, weight);
  if (error != std::errc() || read != end || !(weight >= 0) || std::isinf(weight)) refuse("head weight '" + line + "' is not a number that is 0 or more");
  return {line.substr(0, equals), weight};
}

bool reads_any_rank(const Program& program, int node) {
  const std::vector<int> readers = program.readers(node);
  return std::all_of(readers.begin(), readers.end(), [&](int r) { return program.nodes[r].op->accepts_any_rank(); });
}

void drop_reshapes(Program& program) {
  for (int id : program.order) {
    const ProgramNode& node = program.nodes[id];
    if (node.alive && node.op && node.op->is_reshape() && !node.wanted && reads_any_rank(program, id)) program.replace(id, node.inputs[0]);
  }
}

}  // namespace

void check_train_options(const TrainOptions& options) {
  expect_between("threads", options.threads, 1, 1024);
  expect_between("batch", static_cast<double>(options.batch), 1, 1 << 20);
  expect_between("plan cache", options.plan_cache, 1, 1 << 20);
  expect_between("clip norm", options.clip_norm, 0, 1e30);
  expect_between("clip value", options.clip_value, 0, 1e30);
  if (!(options.label_smoothing >= 0 && options.label_smoothing < 1)) refuse("label smoothing is " + std::to_string(options.label_smoothing) + ", expected [0, 1)");
}

std::vector<HeadLoss> head_losses(const GraphData& graph, const TrainOptions& options) {
  std::map<std::string, double> weights;
  for (const std::string& line : lines(options.head_weights)) {
    if (!weights.insert(named_weight(line)).second) refuse("head weight '" + line + "' is given twice");
  }
  std::vector<HeadLoss> found;
  for (size_t i = 0; i < graph.heads.size(); ++i) {
    const GraphHead& head = graph.heads[i];
    const auto named = weights.extract(head.name);
    const double weight = named.empty() ? 1 : named.mapped();
    if (weight == 0) continue;
    const Shape& shape = graph.nodes[head.logits].shape;
    if (shape.h() * shape.w() != 1) throw Error(ErrorKind::kShape, "head " + head.name + " cannot be trained: its logits are " + to_string(shape) + ", not one vector a picture");
    found.push_back({static_cast<int>(i), head.logits, weight});
  }
  if (!weights.empty()) refuse(graph.name + " has no head named '" + weights.begin()->first + "'");
  if (found.empty()) refuse(graph.name + " has no head to train");
  return found;
}

std::set<std::string> frozen_layers(const GraphData& graph, const TrainOptions& options) {
  std::set<std::string> layers;
  for (const GraphNode& node : graph.nodes) layers.insert(node.layer);
  std::set<std::string> frozen;
  for (const std::string& layer : lines(options.frozen)) {
    if (!layers.contains(layer)) refuse(graph.name + " has no layer named '" + layer + "' to freeze");
    frozen.insert(layer);
  }
  return frozen;
}

Program training_program(const GraphData& graph, const std::vector<HeadLoss>& heads, int block) {
  Program program;
  program.block = block;
  for (const GraphNode& from : graph.nodes) {
    ProgramNode node;
    node.name = from.name;
    node.op = from.op;
    node.inputs = from.inputs;
    const int id = static_cast<int>(program.nodes.size());
    program.nodes.push_back(std::move(node));
    program.order.push_back(id);
    program.set_channels(id, from.shape.c());
  }
  for (const HeadLoss& head : heads) {
    program.outputs.push_back({graph.heads[head.head].name, head.logits});
    program.nodes[head.logits].wanted = true;
  }
  program.remove_unreachable();
  drop_padding(program);
  drop_reshapes(program);
  return program;
}

}  // namespace quintet
