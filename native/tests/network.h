// A small harness for tests: a graph under construction with weights by seed, compiled and run once.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "quintet/error.h"
#include "quintet/model.h"
#include "reference.h"

namespace quintet::testing {

class Network {
 public:
  Network(int64_t channels, int64_t height, int64_t width);

  int add(const std::string& op, const std::string& name, const std::vector<int>& inputs, const std::string& attributes = "");
  /// The values that the parameter of this name has, made from its name.
  const std::vector<float>& weight(const std::string& name);
  /// Changes one value of it for the models to come.
  void spoil(const std::string& name, size_t index, float value) { weights_.at(name).at(index) = value; }
  /// All parameters of the graph as a table over this object's memory.
  TensorTable table();
  void head(int node) { graph.head("out", node, -1); }

  Model compile(CompileOptions options = {});
  /// The first output for this input.
  std::vector<float> run(const reference::Tensor& input, const CompileOptions& options = {});
  static std::vector<float> run(const Model& model, const reference::Tensor& input, int output = 0);

  Graph graph;

 private:
  std::map<std::string, std::vector<float>> weights_;
};

/// The part of what() behind the kind.
std::string message(const Error& e);

}  // namespace quintet::testing
