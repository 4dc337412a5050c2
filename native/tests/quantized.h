// Makes a quantised file of a test network, as a quantiser would: int8 weights in 7 bits with a scale per output, ranges as a float32 run shows them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "network.h"

namespace quintet::testing {

/// What a calibrated range makes of a value: the nearest of the numbers that bytes stand for.
struct Bytes {
  double scale = 1;
  int zero = 0;
  Bytes(double low, double high);
  double nearest(double value) const;
  reference::Tensor nearest(const reference::Tensor& values) const;
};

class QuantizedNetwork {
 public:
  /// Ranges are those of all nodes' values on `calibration`. Weights of the layers in `kept` stay float32.
  QuantizedNetwork(Network& network, const reference::Tensor& calibration, const std::vector<std::string>& kept = {});

  TensorTable table() const;
  Model compile(CompileOptions options = {}) const;
  /// The options that compute everything with bytes that can be, whatever is faster here.
  static CompileOptions all_bytes();

  Bytes bytes(const std::string& node) const;
  /// The real values of a layer's integer weights.
  std::vector<float> weight(const std::string& name) const;
  /// A node with this range at most, as if calibrated so.
  void set_range(const std::string& node, float low, float high) { ranges_[node] = {low, high}; }
  void forget_range(const std::string& node) { ranges_.erase(node); }

 private:
  struct Integers {
    std::vector<int64_t> shape;
    std::vector<int8_t> values;
    std::vector<float> scales;
  };

  void quantize(int parameter);

  Network& network_;
  std::map<std::string, Integers> integers_;
  std::map<std::string, std::array<float, 2>> ranges_;
};

/// How many steps of the plan say so, e.g. count(model, "\"precision\":\"int8\"").
int count(const Model& model, const std::string& text);
/// Steps of this operator in this precision that have an optimised kernel.
int count_fast(const Model& model, const std::string& op, const std::string& precision);

}  // namespace quintet::testing
