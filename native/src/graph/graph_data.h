// What a Graph holds: nodes in order, their operators, shapes and parameters. The compiler reads it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/shape.h"
#include "ops/operator.h"

namespace quintet {

struct GraphNode {
  std::string name;
  std::string layer;                       // prefix of the parameters' names, row of the summary
  std::string op_name;
  std::string attributes;                  // as they were given
  std::shared_ptr<const Operator> op;      // null for the input
  std::vector<int> inputs;
  Shape shape;                             // for one picture
  int64_t macs = 0;
  std::vector<ParameterSpec> parameters;
};

struct GraphHead {
  std::string name;
  int logits = -1;
  int softmax = -1;
};

class GraphData {
 public:
  std::string name;
  std::vector<GraphNode> nodes;
  std::vector<GraphHead> heads;
  std::map<std::string, int> by_name;
  std::vector<std::pair<int, int>> parameters;   // (node, index in its parameters), in order

  /// The shapes of an operator's inputs, taken from `shapes` (one a node).
  static std::vector<Shape> input_shapes(const std::vector<int>& inputs, const std::vector<Shape>& shapes);
};

}  // namespace quintet
