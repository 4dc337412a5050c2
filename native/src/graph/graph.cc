#include "quintet/graph.h"

#include <sstream>

#include "graph/attributes.h"
#include "graph/checksum.h"
#include "graph/graph_data.h"
#include "ops/registry.h"
#include "quintet/error.h"

namespace quintet {
namespace {

template <typename Items>
auto& checked(Items& items, int index, const char* what) {
  if (index < 0 || index >= static_cast<int>(items.size())) {
    throw Error(ErrorKind::kArgument, std::string(what) + " " + std::to_string(index) + " does not exist; there are " + std::to_string(items.size()));
  }
  return items[index];
}

void append(GraphData& data, GraphNode node) {
  if (node.name.empty()) throw Error(ErrorKind::kArgument, "a node needs a name");
  const int id = static_cast<int>(data.nodes.size());
  if (!data.by_name.emplace(node.name, id).second) throw Error(ErrorKind::kArgument, "the graph already has a node named '" + node.name + "'");
  for (size_t i = 0; i < node.parameters.size(); ++i) data.parameters.emplace_back(id, static_cast<int>(i));
  data.nodes.push_back(std::move(node));
}

const ParameterSpec& parameter(const GraphData& data, int index) {
  const auto& [node, i] = checked(data.parameters, index, "parameter");
  return data.nodes[node].parameters[i];
}

/// No tensor of the node may be beyond what memory can be; nor may its work, counted in the same way, be beyond numbers.
void check_sizes(const GraphNode& node) {
  const int64_t elements = checked_product(node.shape.as_vector(), node.name);
  for (const ParameterSpec& p : node.parameters) checked_product(p.shape, node.name);
  if (node.op->is_linear()) checked_product({elements, checked_product(node.parameters[0].shape) / node.shape.c()}, node.name);
}

int64_t dim(const std::vector<int64_t>& dims, int axis) { return checked(dims, axis, "axis"); }

}  // namespace

std::vector<Shape> GraphData::input_shapes(const std::vector<int>& inputs, const std::vector<Shape>& shapes) {
  std::vector<Shape> in;
  for (int i : inputs) in.push_back(shapes[i]);
  return in;
}

Graph::Graph(const std::string& name) : data_(std::make_shared<GraphData>()) { data_->name = name; }

int Graph::input(const std::string& name, int64_t channels, int64_t height, int64_t width) {
  if (!data_->nodes.empty()) throw Error(ErrorKind::kArgument, "the input must be the graph's first node, and only one");
  if (channels < 1 || height < 1 || width < 1) {
    throw Error(ErrorKind::kShape, name + ": input shape " + to_string(std::vector<int64_t>{channels, height, width}) + " has a dimension below 1");
  }
  GraphNode node;
  node.name = node.layer = name;
  node.op_name = "input";
  node.shape = Shape::nchw(1, channels, height, width);
  checked_product(node.shape.as_vector(), name);
  append(*data_, std::move(node));
  return 0;
}

int Graph::add(const std::string& op, const std::string& name, const std::string& layer, const int* inputs, int count,
               const std::string& attributes) {
  GraphNode node;
  node.name = name;
  node.layer = layer.empty() ? name : layer;
  node.op_name = op;
  node.attributes = attributes;
  std::vector<Shape> in;
  for (int i = 0; i < count; ++i) {
    in.push_back(checked(data_->nodes, inputs[i], "input node").shape);
    node.inputs.push_back(inputs[i]);
  }
  Attributes parsed(name, attributes);
  node.op = make_operator(op, parsed);
  parsed.finish();
  node.op->check_arity(name, in.size());
  node.shape = node.op->infer_shape(name, in);
  node.parameters = node.op->parameters(in);
  check_sizes(node);
  node.macs = node.op->macs(in, node.shape);
  for (ParameterSpec& p : node.parameters) p.name = node.layer + "." + p.name;
  append(*data_, std::move(node));
  return static_cast<int>(data_->nodes.size()) - 1;
}

void Graph::head(const std::string& name, int logits, int softmax) {
  checked(data_->nodes, logits, "logits node");
  if (softmax != -1) checked(data_->nodes, softmax, "softmax node");
  for (const GraphHead& h : data_->heads) {
    if (h.name == name) throw Error(ErrorKind::kArgument, "the graph already has a head named '" + name + "'");
  }
  data_->heads.push_back({name, logits, softmax});
}

const std::string& Graph::name() const { return data_->name; }
int Graph::node_count() const { return static_cast<int>(data_->nodes.size()); }
std::string Graph::node_name(int node) const { return checked(data_->nodes, node, "node").name; }
std::string Graph::node_layer(int node) const { return checked(data_->nodes, node, "node").layer; }
std::string Graph::node_op(int node) const { return checked(data_->nodes, node, "node").op_name; }
std::string Graph::node_attributes(int node) const { return checked(data_->nodes, node, "node").attributes; }
int Graph::node_input_count(int node) const { return static_cast<int>(checked(data_->nodes, node, "node").inputs.size()); }
int Graph::node_input(int node, int input) const { return checked(checked(data_->nodes, node, "node").inputs, input, "input"); }
int Graph::node_rank(int node) const { return checked(data_->nodes, node, "node").shape.rank; }
int64_t Graph::node_dim(int node, int axis) const { return dim(checked(data_->nodes, node, "node").shape.as_vector(), axis); }
int64_t Graph::node_macs(int node) const { return checked(data_->nodes, node, "node").macs; }

int Graph::head_count() const { return static_cast<int>(data_->heads.size()); }
std::string Graph::head_name(int head) const { return checked(data_->heads, head, "head").name; }
int Graph::head_logits(int head) const { return checked(data_->heads, head, "head").logits; }
int Graph::head_softmax(int head) const { return checked(data_->heads, head, "head").softmax; }

int Graph::parameter_count() const { return static_cast<int>(data_->parameters.size()); }
std::string Graph::parameter_name(int index) const { return parameter(*data_, index).name; }
std::string Graph::parameter_kind(int index) const { return parameter(*data_, index).kind; }
int Graph::parameter_node(int index) const { return checked(data_->parameters, index, "parameter").first; }
int Graph::parameter_rank(int index) const { return static_cast<int>(parameter(*data_, index).shape.size()); }
int64_t Graph::parameter_dim(int index, int axis) const { return dim(parameter(*data_, index).shape, axis); }

std::string Graph::fingerprint() const {
  std::ostringstream text;
  for (const GraphNode& node : data_->nodes) {
    text << node.op_name << ' ' << node.name << ' ' << node.layer << ' ' << node.attributes << ' ' << to_string(node.shape);
    for (int in : node.inputs) text << ' ' << in;
    text << '\n';
  }
  for (const GraphHead& head : data_->heads) text << head.name << ' ' << head.logits << ' ' << head.softmax << '\n';
  return checksum(text.str());
}

}  // namespace quintet
