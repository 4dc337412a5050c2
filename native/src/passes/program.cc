#include "passes/program.h"

#include <algorithm>

namespace quintet {

std::optional<Epilogue::Order> epilogue_order(const std::vector<PostOp>& post_ops) {
  std::string order;
  for (const PostOp& p : post_ops) order += p.addend >= 0 ? "a" : p.activation == Activation::kRelu ? "r" : "?";
  if (order.empty()) return Epilogue::kNone;
  if (order == "r") return Epilogue::kRelu;
  if (order == "a") return Epilogue::kAdd;
  if (order == "ar") return Epilogue::kAddThenRelu;
  if (order == "ra") return Epilogue::kReluThenAdd;
  return {};
}

std::optional<Finish> finish(const std::vector<PostOp>& post_ops) {
  if (post_ops.empty()) return Finish::kNone;
  if (post_ops.size() > 1 || !post_ops.front().activation) return {};
  switch (*post_ops.front().activation) {
    case Activation::kRelu: return Finish::kRelu;
    case Activation::kSigmoid: return Finish::kSigmoid;
    case Activation::kTanh: return Finish::kTanh;
  }
  return {};
}

std::vector<int> Program::readers(int node) const {
  std::vector<int> found;
  for (int i : order) {
    if (!nodes[i].alive) continue;
    for (int in : nodes[i].inputs) {
      if (in == node) found.push_back(i);
    }
    for (const PostOp& p : nodes[i].post_ops) {
      if (p.addend == node) found.push_back(i);
    }
  }
  return found;
}

std::vector<Shape> Program::shapes(const Shape& input) const {
  std::vector<Shape> found(nodes.size());
  for (int id : order) {
    const ProgramNode& node = nodes[id];
    if (node.alive) found[id] = node.op ? node.op->infer_shape(node.name, GraphData::input_shapes(node.inputs, found)) : input;
  }
  return found;
}

int64_t Program::weights() const {
  int64_t all = 0;
  for (const ProgramNode& node : nodes) {
    if (node.alive && node.filters) all += node.filters->outputs() * node.filters->inputs();
  }
  return all;
}

void Program::replace(int old_node, int new_node) {
  for (ProgramNode& n : nodes) {
    for (int& in : n.inputs) {
      if (in == old_node) in = new_node;
    }
    for (PostOp& p : n.post_ops) {
      if (p.addend == old_node) p.addend = new_node;
    }
  }
  for (ProgramOutput& o : outputs) {
    if (o.node == old_node) o.node = new_node;
  }
  // What replaces a value has its range; a value that only passes on another's keeps the other's where it has none.
  const bool passes_on = nodes[old_node].op->is_identity() || nodes[old_node].op->is_reshape() || nodes[old_node].op->as_zero_padding();
  if (nodes[old_node].range || !passes_on) nodes[new_node].range = nodes[old_node].range;
  nodes[new_node].wanted |= nodes[old_node].wanted;
  nodes[old_node].alive = false;
}

void Program::remove_unreachable() {
  std::vector<bool> reached(nodes.size(), false);
  for (const ProgramOutput& o : outputs) reached[o.node] = true;
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    const int i = *at;
    if (!reached[i]) continue;
    for (int in : nodes[i].inputs) reached[in] = true;
    for (const PostOp& p : nodes[i].post_ops) {
      if (p.addend >= 0) reached[p.addend] = true;
    }
  }
  for (size_t i = 0; i < nodes.size(); ++i) nodes[i].alive = nodes[i].alive && (reached[i] || i == 0);   // the input stays
}

int Program::insert_before(int successor, ProgramNode node, int64_t channels) {
  const int id = static_cast<int>(nodes.size());
  nodes.push_back(std::move(node));
  order.insert(std::find(order.begin(), order.end(), successor), id);
  set_channels(id, channels);
  return id;
}

int Program::position(int node) const { return static_cast<int>(std::find(order.begin(), order.end(), node) - order.begin()); }

void Program::set_channels(int node, int64_t channels) {
  if (channels_.size() <= static_cast<size_t>(node)) channels_.resize(node + 1);
  channels_[node] = channels;
}

}  // namespace quintet
