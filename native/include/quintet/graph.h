// A network's description: operators by name over a fixed input shape, every shape checked as it is added.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace quintet {

class GraphData;   // native/src/graph/graph_data.h

/// A graph under construction, later read by compilation. Not thread-safe while nodes are added; immutable use is.
/// Node ids count from 0 in order of addition. Shapes are logical N,C,H,W (rank 4) or N,features (rank 2), with N = 1.
class Graph {
 public:
  explicit Graph(const std::string& name);

  /// The picture: channels, height, width. Exactly one per graph, and first.
  int input(const std::string& name, int64_t channels, int64_t height, int64_t width);

  /// Adds operator `op` (see native/src/ops) reading `count` earlier nodes.
  /// `name` is unique in the graph; `layer` is the prefix of its parameters' names and its row in the summary (empty: the name).
  /// `attributes`: "key=value key=value", values without blanks, lists with commas: "filters=64 kernel=7,7 stride=2,2 padding=same".
  /// Throws Error: kArgument (unknown operator or attribute), kShape (naming the node and axis).
  int add(const std::string& op, const std::string& name, const std::string& layer, const int* inputs, int count,
          const std::string& attributes);

  /// Declares an answer of the network: its logits and, unless -1, the softmax of them. The first head is the main one.
  void head(const std::string& name, int logits, int softmax);

  const std::string& name() const;
  int node_count() const;
  std::string node_name(int node) const;
  std::string node_layer(int node) const;
  std::string node_op(int node) const;
  /// As they were given to add().
  std::string node_attributes(int node) const;
  int node_input_count(int node) const;
  int node_input(int node, int input) const;
  int node_rank(int node) const;
  int64_t node_dim(int node, int axis) const;
  /// Multiply-accumulates for one picture (convolution and dense; others count 0).
  int64_t node_macs(int node) const;

  int head_count() const;
  std::string head_name(int head) const;
  int head_logits(int head) const;
  int head_softmax(int head) const;

  /// Parameters in order of the nodes: full name ("conv1.weight"), kind ("weight", "bias", "gamma", "beta", "mean", "var"), shape.
  int parameter_count() const;
  std::string parameter_name(int parameter) const;
  std::string parameter_kind(int parameter) const;
  int parameter_node(int parameter) const;
  int parameter_rank(int parameter) const;
  int64_t parameter_dim(int parameter, int axis) const;

  /// A checksum of all of this but the graph's name: equal for graphs that compute the same from the same parameters.
  std::string fingerprint() const;

  const std::shared_ptr<GraphData>& data() const { return data_; }

 private:
  std::shared_ptr<GraphData> data_;
};

}  // namespace quintet
