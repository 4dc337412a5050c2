#include "training.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace quintet::testing {

using reference::Tensor;

namespace {

constexpr int kSamples = 12;      // elements of each gradient

int64_t elements(const Graph& graph, int parameter) {
  int64_t count = 1;
  for (int axis = 0; axis < graph.parameter_rank(parameter); ++axis) count *= graph.parameter_dim(parameter, axis);
  return count;
}

double loss(const Forward& forward, const Values& values, const Batch& batch) {
  return reference::cross_entropy(forward(values, batch.input), [&](int64_t n, int64_t c) { return batch.labels[n] == c ? 1.0 : 0.0; });
}

/// d loss / d values[name][i], from both sides.
double slope(const Forward& forward, Values values, const Batch& batch, const std::string& name, size_t i) {
  constexpr double kStep = 1e-6;
  const double middle = values[name][i];
  values[name][i] = middle + kStep;
  const double above = loss(forward, values, batch);
  values[name][i] = middle - kStep;
  return (above - loss(forward, values, batch)) / (2 * kStep);
}

/// Elements of a parameter's gradient and what they must be.
struct Samples {
  std::string name;
  std::map<size_t, double> want;
};

std::vector<Samples> sampled_slopes(const Forward& forward, const Values& values, const Batch& batch, const std::vector<std::string>& names) {
  std::vector<Samples> all;
  for (const std::string& name : names) {
    Samples samples{name, {}};
    const size_t size = values.at(name).size();
    for (size_t i = 0; i < size; i += std::max<size_t>(1, size / kSamples)) samples.want[i] = slope(forward, values, batch, name, i);
    all.push_back(std::move(samples));
  }
  return all;
}

double largest(const std::vector<float>& values) {
  double found = 0;
  for (float v : values) found = std::max(found, std::abs(static_cast<double>(v)));
  return found;
}

}  // namespace

Batch::Batch(const Shape& shape, int classes, uint32_t seed) : input(reference::random_tensor(shape, seed)) {
  for (int64_t n = 0; n < shape.n(); ++n) labels.push_back(static_cast<int>((n * 7 + seed) % classes));
}

Network small_network(double dropout) {
  Network network(3, 8, 8);
  const int conv = network.add("convolution", "conv", {0}, "filters=12 kernel=3,3 padding=same");
  const int norm = network.add("batch_norm", "norm", {conv}, "epsilon=0.001");
  const int pool = network.add("max_pool", "pool", {network.add("relu", "relu", {norm})}, "kernel=2,2");
  const int drop = network.add("dropout", "drop", {network.add("flatten", "flat", {pool})}, "rate=" + std::to_string(dropout));
  const int hidden = network.add("relu", "hidden.relu", {network.add("dense", "hidden", {drop}, "units=20")});
  network.head(network.add("dense", "logits", {hidden}, "units=" + std::to_string(kClasses)));
  return network;
}

Batch small_batch(int64_t count, uint32_t seed) { return Batch(Shape::nchw(count, 3, 8, 8), kClasses, seed); }

TrainOptions options_of(const std::string& optimizer, int threads, int64_t batch) {
  TrainOptions options;
  options.optimizer = optimizer;
  options.threads = threads;
  options.batch = batch;
  return options;
}

Values values_of(Network& network) {
  Values values;
  for (int p = 0; p < network.graph.parameter_count(); ++p) {
    const auto& floats = network.weight(network.graph.parameter_name(p));
    values[network.graph.parameter_name(p)] = {floats.begin(), floats.end()};
  }
  return values;
}

double step(Trainer& trainer, const Batch& batch) {
  const std::vector<float> x = batch.floats();
  return trainer.step(x.data(), static_cast<int64_t>(x.size()) * 4, batch.labels.data(), batch.count());
}

double evaluate(Trainer& trainer, const Batch& batch) {
  const std::vector<float> x = batch.floats();
  return trainer.evaluate(x.data(), static_cast<int64_t>(x.size()) * 4, batch.labels.data(), batch.count());
}

int parameter(const Trainer& trainer, const std::string& name) {
  for (int p = 0; p < trainer.parameter_count(); ++p) {
    if (trainer.parameter_name(p) == name) return p;
  }
  ADD_FAILURE() << "no parameter " << name;
  return -1;
}

std::vector<float> read_parameter(const Trainer& trainer, const Graph& graph, const std::string& name) {
  const int p = parameter(trainer, name);
  std::vector<float> values(elements(graph, p));
  trainer.read_parameter(p, values.data(), static_cast<int64_t>(values.size()) * 4);
  return values;
}

std::vector<float> read_gradient(const Trainer& trainer, const Graph& graph, const std::string& name) {
  const int p = parameter(trainer, name);
  std::vector<float> values(elements(graph, p));
  trainer.read_gradient(p, values.data(), static_cast<int64_t>(values.size()) * 4);
  return values;
}

void expect_gradients(Network& network, const Batch& batch, const Forward& forward, double tolerance, const TrainOptions& given) {
  const Values values = values_of(network);
  const double want_loss = loss(forward, values, batch);
  std::vector<Samples> all;
  for (int threads : {1, 2}) {
    SCOPED_TRACE("with " + std::to_string(threads) + " threads");
    TrainOptions options = given;
    options.threads = threads;
    options.batch = batch.count();
    Trainer trainer(network.graph, network.table(), options);
    trainer.set_learning_rate(0);
    EXPECT_NEAR(step(trainer, batch), want_loss, 1e-5 * std::max(1.0, want_loss));
    std::vector<std::string> names;
    for (int p = 0; p < trainer.parameter_count(); ++p) {
      if (trainer.parameter_trainable(p)) names.push_back(trainer.parameter_name(p));
    }
    if (all.empty()) all = sampled_slopes(forward, values, batch, names);
    double overall = 0;       // a gradient that vanishes (a bias before a batch norm) is as exact as the others' rounding allows
    for (const std::string& name : names) overall = std::max(overall, largest(read_gradient(trainer, network.graph, name)));
    for (const Samples& samples : all) {
      const std::vector<float> got = read_gradient(trainer, network.graph, samples.name);
      const double allowed = tolerance * largest(got) + 1e-6 * overall;
      for (const auto& [i, want] : samples.want) EXPECT_NEAR(got[i], want, allowed) << "d loss / d " << samples.name << "[" << i << "]";
    }
  }
}

}  // namespace quintet::testing
