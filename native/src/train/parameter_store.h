// The parameters in training. Values, gradients and each of the optimizer's tensors fill one buffer each, a parameter standing at the
// same place in all of them, so that an update is one loop. Parameters live in the form that their operators read; people see them
// row-major in the graph's shapes.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "graph/graph_data.h"
#include "plan/operand.h"
#include "quintet/weights.h"

namespace quintet {

class ParameterStore {
 public:
  /// A parameter's tensors: its value, its gradient, and from kState on what the optimizer keeps.
  static constexpr int kValue = 0, kGradient = 1, kState = 2;

  /// Parameters of the layers in `frozen`, and moving statistics, are not trainable. Copies names and shapes from the graph.
  ParameterStore(const GraphData& graph, const std::set<std::string>& frozen, const dnnl::engine& engine);

  int count() const { return static_cast<int>(parameters_.size()); }
  const ParameterSpec& spec(int parameter) const { return parameters_[parameter].spec; }
  /// The i-th parameter of a node of the graph.
  int index(int node, int i) const { return first_[node] + i; }
  /// A step computes a gradient for it.
  bool trainable(int parameter) const { return parameters_[parameter].trainable; }

  /// Gives the parameter its form unless it has one. `exact`: the dimensions of `form` without what fills blocks up.
  void place(int parameter, const dnnl::memory::desc& form, const dnnl::memory::dims& exact);
  /// As steps read and write them; memory exists after allocate().
  Operand value(int parameter) const { return operand(parameter, kValue); }
  Operand gradient(int parameter) const { return operand(parameter, kGradient); }

  /// After the first plan: memory for all, with `states` tensors of the optimizer (zeros), and the values of `weights`.
  void allocate(int states, const TensorTable& weights);

  void read(int parameter, int tensor, float* to) const;
  void write(int parameter, int tensor, const float* from);

  /// The trainable parameters' values, gradients or states, all in one; a multiple of 16 long, the filling included.
  float* trained(int tensor) const { return static_cast<float*>(buffers_[tensor]->buffer.data()); }
  int64_t trained_floats() const { return trained_floats_; }
  /// The same as a step's operand.
  Operand all(int tensor) const;

  /// Everything but gradients, to be put back.
  using Snapshot = std::vector<std::vector<float>>;
  Snapshot save() const;
  void restore(const Snapshot& snapshot);

  int64_t bytes() const;

 private:
  struct Parameter {
    ParameterSpec spec;
    bool trainable = false;
    dnnl::memory::desc form;
    dnnl::memory::dims exact;
    int64_t offset = -1;      // floats
  };

  Operand operand(int parameter, int tensor) const;
  std::vector<AlignedBuffer*> kept() const;
  float* address(const Parameter& parameter, int tensor) const;
  void reorder(const dnnl::memory::desc& from, const float* source, const dnnl::memory::desc& to, float* target) const;

  const dnnl::engine& engine_;
  std::vector<Parameter> parameters_;
  std::vector<int> first_;                               // by node: its first parameter
  std::vector<std::shared_ptr<PackedTensor>> buffers_;   // by tensor: of the trainable parameters
  std::shared_ptr<PackedTensor> fixed_;                  // values of the others
  int64_t trained_floats_ = 0, fixed_floats_ = 0;
};

}  // namespace quintet
