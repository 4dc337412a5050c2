// A harness for tests of training: a network trained on one batch, and what its loss and gradients must be by finite differences
// of a forward pass in double.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "network.h"
#include "quintet/trainer.h"

namespace quintet::testing {

/// A network's parameters by name, in double.
using Values = std::map<std::string, std::vector<double>>;
/// The main head's logits, written from the definitions.
using Forward = std::function<reference::Tensor(const Values&, const reference::Tensor&)>;

struct Batch {
  reference::Tensor input;
  std::vector<int> labels;

  Batch(const Shape& shape, int classes, uint32_t seed);
  std::vector<float> floats() const { return {input.values.begin(), input.values.end()}; }
  int count() const { return static_cast<int>(labels.size()); }
};

constexpr int kClasses = 5;

/// What most tests train: convolution, batch norm, ReLU, pool, dropout, dense, from 3x8x8 to kClasses.
Network small_network(double dropout = 0);
Batch small_batch(int64_t count = 6, uint32_t seed = 3);
TrainOptions options_of(const std::string& optimizer, int threads = 2, int64_t batch = 6);

Values values_of(Network& network);
double step(Trainer& trainer, const Batch& batch);
double evaluate(Trainer& trainer, const Batch& batch);
int parameter(const Trainer& trainer, const std::string& name);
std::vector<float> read_parameter(const Trainer& trainer, const Graph& graph, const std::string& name);
std::vector<float> read_gradient(const Trainer& trainer, const Graph& graph, const std::string& name);

/// Sampled elements of each trainable parameter's gradient, and the loss, against the double forward pass, with one and two threads.
void expect_gradients(Network& network, const Batch& batch, const Forward& forward, double tolerance = 2e-5, const TrainOptions& options = {});

}  // namespace quintet::testing
