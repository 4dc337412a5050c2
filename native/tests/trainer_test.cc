// The trainer: statistics, dropout, heads, frozen layers, partial batches, determinism, checkpoints.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "allocations.h"
#include "kernels/pointwise.h"
#include "training.h"

namespace quintet {
namespace {

using reference::Tensor;
using testing::Batch;
using testing::kClasses;
using testing::Network;
using testing::options_of;
using testing::small_batch;
using testing::small_network;
using testing::Values;

std::vector<std::vector<float>> all_parameters(const Trainer& trainer, const Graph& graph) {
  std::vector<std::vector<float>> all;
  for (int p = 0; p < trainer.parameter_count(); ++p) all.push_back(testing::read_parameter(trainer, graph, trainer.parameter_name(p)));
  return all;
}

TEST(Trainer, LowersTheLossUntilItKnowsTheBatch) {
  Network network = small_network();
  Trainer trainer(network.graph, network.table(), options_of("kind=adam"));
  const Batch batch = small_batch();
  const double first = testing::step(trainer, batch);
  for (int i = 0; i < 60; ++i) testing::step(trainer, batch);
  EXPECT_LT(testing::step(trainer, batch), first / 10);
  EXPECT_EQ(trainer.correct(), batch.count());
}

TEST(Trainer, MovesStatisticsTowardsTheBatchs) {
  for (const bool unbiased : {false, true}) {
    Network network(3, 8, 8);
    const int conv = network.add("convolution", "conv", {0}, "filters=12 kernel=1,1");
    const int norm = network.add("batch_norm", "norm", {conv}, std::string("epsilon=0.001 momentum=0.9 unbiased=") + (unbiased ? "true" : "false"));
    network.head(network.add("dense", "logits", {norm}, "units=5"));
    Trainer trainer(network.graph, network.table(), options_of("kind=sgd"));
    const Batch batch = small_batch();
    testing::step(trainer, batch);
    std::vector<double> mean, variance;
    reference::batch_norm(reference::convolution(batch.input, network.weight("conv.weight"), network.weight("conv.bias"), 12, 1, {1, 1, 1, 1, 0, 0, 8, 8}),
                          std::vector<double>(12, 1), std::vector<double>(12, 0), 0.001, &mean, &variance);
    const auto moved_mean = testing::read_parameter(trainer, network.graph, "norm.mean"), moved_variance = testing::read_parameter(trainer, network.graph, "norm.var");
    const double count = 6 * 8 * 8;
    for (int c = 0; c < 12; ++c) {
      EXPECT_NEAR(moved_mean[c], 0.9 * network.weight("norm.mean")[c] + 0.1 * mean[c], 1e-6);
      EXPECT_NEAR(moved_variance[c], 0.9 * network.weight("norm.var")[c] + 0.1 * variance[c] * (unbiased ? count / (count - 1) : 1), 1e-6);
    }
  }
}

TEST(Trainer, EvaluatesAsTheCompiledModelDoes) {
  Network network = small_network(0.5);
  TrainOptions options = options_of("kind=sgd");
  Trainer trainer(network.graph, network.table(), options);
  const Batch batch = small_batch();
  const std::vector<float> logits = network.run(batch.input);
  Tensor as_tensor(Shape::features(6, kClasses));
  std::copy(logits.begin(), logits.end(), as_tensor.values.begin());
  const double want = reference::cross_entropy(as_tensor, [&](int64_t n, int64_t c) { return batch.labels[n] == c; });
  const auto before = all_parameters(trainer, network.graph);
  EXPECT_NEAR(testing::evaluate(trainer, batch), want, 1e-5);
  EXPECT_EQ(before, all_parameters(trainer, network.graph));
  EXPECT_EQ(trainer.steps(), 0);
}

TEST(Trainer, AcceptsBatchesThatAreNotFull) {
  Network network = small_network();
  Trainer large(network.graph, network.table(), options_of("kind=sgd momentum=0.9")), exact(network.graph, network.table(), options_of("kind=sgd momentum=0.9", 2, 4));
  const Batch batch = small_batch(4);
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(testing::step(large, batch), testing::step(exact, batch), 1e-5);
  EXPECT_NEAR(testing::evaluate(large, batch), testing::evaluate(exact, batch), 1e-5);
  const auto a = all_parameters(large, network.graph), b = all_parameters(exact, network.graph);
  for (size_t p = 0; p < a.size(); ++p) {
    for (size_t i = 0; i < a[p].size(); ++i) EXPECT_NEAR(a[p][i], b[p][i], 1e-5);
  }
  EXPECT_THROW(testing::step(exact, small_batch(5)), Error);
}

TEST(Trainer, GivesTheSameBitsForTheSameCalls) {
  Network network = small_network(0.4);
  for (int threads : {1, 2}) {
    std::vector<std::vector<float>> first;
    for (int run = 0; run < 2; ++run) {
      Trainer trainer(network.graph, network.table(), options_of("kind=adam", threads));
      for (uint32_t i = 0; i < 5; ++i) testing::step(trainer, small_batch(i == 3 ? 4 : 6, i));
      const auto now = all_parameters(trainer, network.graph);
      if (run == 0) first = now;
      EXPECT_EQ(first, now);
    }
  }
}

TEST(Trainer, GoesOnToTheSameBitsFromACheckpoint) {
  Network network = small_network(0.4);
  const auto floats = [&](const Trainer& t, int parameter) { return testing::read_parameter(t, network.graph, t.parameter_name(parameter)).size(); };
  for (const char* optimizer : {"kind=adam", "kind=sgd momentum=0.9", "kind=rmsprop momentum=0.9 centered=true"}) {
    Trainer whole(network.graph, network.table(), options_of(optimizer)), resumed(network.graph, network.table(), options_of(optimizer));
    for (uint32_t i = 0; i < 3; ++i) testing::step(whole, small_batch(6, i));
    for (int p = 0; p < whole.parameter_count(); ++p) {
      const auto values = testing::read_parameter(whole, network.graph, whole.parameter_name(p));
      resumed.write_parameter(p, values.data(), static_cast<int64_t>(values.size()) * 4);
    }
    for (int s = 0; s < whole.state_count(); ++s) {
      std::vector<float> values(floats(whole, whole.state_parameter(s)));
      whole.read_state(s, values.data(), static_cast<int64_t>(values.size()) * 4);
      EXPECT_EQ(whole.state_name(s), resumed.state_name(s));
      resumed.write_state(s, values.data(), static_cast<int64_t>(values.size()) * 4);
    }
    resumed.set_steps(whole.steps());
    for (uint32_t i = 3; i < 6; ++i) EXPECT_EQ(testing::step(whole, small_batch(6, i)), testing::step(resumed, small_batch(6, i)));
    EXPECT_EQ(all_parameters(whole, network.graph), all_parameters(resumed, network.graph));
  }
}

TEST(Trainer, KeepsFrozenLayersAndTheirStatistics) {
  Network network = small_network();
  TrainOptions options = options_of("kind=sgd");
  options.frozen = "conv\nnorm";
  Trainer trainer(network.graph, network.table(), options);
  trainer.set_learning_rate(0.1);
  testing::step(trainer, small_batch());
  for (const char* name : {"conv.weight", "conv.bias", "norm.gamma", "norm.beta", "norm.mean", "norm.var"}) {
    EXPECT_FALSE(trainer.parameter_trainable(testing::parameter(trainer, name))) << name;
    EXPECT_EQ(testing::read_parameter(trainer, network.graph, name), network.weight(name)) << name;
    EXPECT_THROW(testing::read_gradient(trainer, network.graph, name), Error);
  }
  EXPECT_NE(testing::read_parameter(trainer, network.graph, "hidden.weight"), network.weight("hidden.weight"));
  EXPECT_EQ(trainer.explain().find("convolution gradient"), std::string::npos) << "backward must stop where nothing learns";
}

TEST(Trainer, SendsGradientsThroughFrozenLayers) {
  Network network(4, 6, 6);
  const int first = network.add("convolution", "first", {0}, "filters=8 kernel=1,1");
  const int middle = network.add("convolution", "middle", {first}, "filters=8 kernel=1,1");
  const int norm = network.add("batch_norm", "norm", {middle}, "epsilon=0.001");
  network.head(network.add("dense", "logits", {network.add("relu", "r", {norm})}, "units=5"));
  TrainOptions options;
  options.frozen = "middle\nnorm\nlogits";
  const Values fixed = testing::values_of(network);
  testing::expect_gradients(network, Batch(Shape::nchw(2, 4, 6, 6), kClasses, 2), [&](const Values& v, const Tensor& x) {
    const auto conv = [&](const std::string& name, const Tensor& in) { return reference::convolution(in, v.at(name + ".weight"), v.at(name + ".bias"), 8, 1, {1, 1, 1, 1, 0, 0, 6, 6}); };
    const Tensor y = reference::affine(conv("middle", conv("first", x)), [&](int64_t c, double value) {
      const double n = v.at("norm.gamma")[c] * (value - v.at("norm.mean")[c]) / std::sqrt(v.at("norm.var")[c] + 0.001) + v.at("norm.beta")[c];
      return n > 0 ? n : 0;
    });
    return reference::dense(y, v.at("logits.weight"), v.at("logits.bias"), 5);
  }, 2e-5, options);
}

TEST(Trainer, AddsTheLossesOfHeadsWithTheirWeights) {
  Network network(4, 5, 5);
  const int conv = network.add("relu", "r", {network.add("convolution", "c", {0}, "filters=8 kernel=3,3")});
  network.graph.head("main", network.add("dense", "main", {conv}, "units=5"), -1);
  network.graph.head("aux", network.add("dense", "aux", {conv}, "units=5"), -1);
  const Batch batch(Shape::nchw(4, 4, 5, 5), kClasses, 1);
  const auto gradient = [&](const std::string& weights, double& loss, double& main, double& aux) {
    TrainOptions options = options_of("kind=sgd", 2, 4);
    options.head_weights = weights;
    Trainer trainer(network.graph, network.table(), options);
    trainer.set_learning_rate(0);
    loss = testing::step(trainer, batch);
    main = trainer.head_loss(0);
    aux = trainer.head_loss(1);
    return testing::read_gradient(trainer, network.graph, "c.weight");
  };
  double both, main, aux, weighted, alone, unused;
  const auto plain = gradient("", both, main, aux), third = gradient("aux=0.3", weighted, unused, unused), without = gradient("aux=0", alone, unused, unused);
  EXPECT_NEAR(both, main + aux, 1e-12);
  EXPECT_NEAR(weighted, main + 0.3 * aux, 1e-12);
  EXPECT_NEAR(alone, main, 1e-12);
  EXPECT_EQ(unused, 0);
  for (size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(third[i], without[i] + 0.3 * (plain[i] - without[i]), 1e-6);
  EXPECT_THROW(gradient("other=1", both, main, aux), Error);
  EXPECT_THROW(gradient("main=0\naux=0", both, main, aux), Error);
}

TEST(Trainer, SmoothsLabelsAndTakesDistributions) {
  Network network = small_network();
  const Batch batch = small_batch();
  const std::vector<float> x = batch.floats();
  TrainOptions smooth = options_of("kind=sgd"), plain = options_of("kind=sgd");
  smooth.label_smoothing = 0.1;
  Trainer by_option(network.graph, network.table(), smooth), by_target(network.graph, network.table(), plain);
  std::vector<float> targets;
  for (int label : batch.labels) {
    for (int c = 0; c < kClasses; ++c) targets.push_back((c == label ? 0.9f : 0.f) + 0.1f / kClasses);
  }
  const double a = testing::step(by_option, batch);
  const double b = by_target.step_on_targets(x.data(), static_cast<int64_t>(x.size()) * 4, targets.data(), static_cast<int64_t>(targets.size()) * 4, 6);
  EXPECT_NEAR(a, b, 1e-6);
  EXPECT_EQ(by_option.correct(), by_target.correct());
  const auto p = all_parameters(by_option, network.graph), q = all_parameters(by_target, network.graph);
  for (size_t i = 0; i < p.size(); ++i) {
    for (size_t j = 0; j < p[i].size(); ++j) EXPECT_NEAR(p[i][j], q[i][j], 1e-6);
  }
}

TEST(Trainer, ChangesNothingWhenTheLossIsNoNumber) {
  Network network = small_network();
  Trainer trainer(network.graph, network.table(), options_of("kind=adam"));
  testing::step(trainer, small_batch());
  const auto before = all_parameters(trainer, network.graph);
  Batch bad = small_batch();
  bad.input.values[5] = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(std::isfinite(testing::step(trainer, bad)));
  EXPECT_EQ(before, all_parameters(trainer, network.graph));
  EXPECT_EQ(trainer.steps(), 1);
}

TEST(Trainer, RefusesWrongLabelsAndSizes) {
  Network network = small_network();
  Trainer trainer(network.graph, network.table(), options_of("kind=sgd"));
  Batch batch = small_batch();
  EXPECT_THROW(testing::read_gradient(trainer, network.graph, "conv.weight"), Error);
  batch.labels[2] = kClasses;
  try {
    testing::step(trainer, batch);
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(testing::message(e), "picture 2 of the batch has label 5, but head out has classes 0 to 4");
  }
  batch.labels[2] = 0;
  const std::vector<float> x = batch.floats();
  EXPECT_THROW(trainer.step(x.data(), 12, batch.labels.data(), 6), Error);
  EXPECT_THROW(trainer.step(x.data(), static_cast<int64_t>(x.size()) * 4, batch.labels.data(), 0), Error);
  float two[2];
  EXPECT_THROW(trainer.read_parameter(0, two, 8), Error);
  EXPECT_THROW(trainer.read_parameter(99, two, 8), Error);
  TrainOptions frozen = options_of("kind=sgd");
  frozen.frozen = "nowhere";
  EXPECT_THROW(Trainer(network.graph, network.table(), frozen), Error);
}

TEST(Trainer, ReturnsTheParametersThatItWasGiven) {
  Network network = small_network();
  const Trainer trainer(network.graph, network.table(), options_of("kind=sgd"));
  for (int p = 0; p < trainer.parameter_count(); ++p) {
    EXPECT_EQ(testing::read_parameter(trainer, network.graph, trainer.parameter_name(p)), network.weight(trainer.parameter_name(p))) << trainer.parameter_name(p);
  }
}

TEST(Trainer, ProfilesWithoutTraining) {
  Network network = small_network();
  Trainer trainer(network.graph, network.table(), options_of("kind=adam"));
  const std::string profile = trainer.profile(2);
  EXPECT_NE(profile.find("milliseconds"), std::string::npos);
  EXPECT_EQ(trainer.steps(), 0);
  for (int p = 0; p < trainer.parameter_count(); ++p) {
    EXPECT_EQ(testing::read_parameter(trainer, network.graph, trainer.parameter_name(p)), network.weight(trainer.parameter_name(p)));
  }
}

TEST(Trainer, StepsAllocateNothing) {
  for (int threads : {1, 2}) {
    for (const char* optimizer : {"kind=sgd momentum=0.9", "kind=adam"}) {
      Network network = small_network(0.5);
      TrainOptions options = options_of(optimizer, threads);
      options.clip_norm = 1;
      Trainer trainer(network.graph, network.table(), options);
      const Batch batch = small_batch();
      const std::vector<float> input = batch.floats();
      const auto step = [&] { trainer.step(input.data(), static_cast<int64_t>(input.size()) * 4, batch.labels.data(), batch.count()); };
      step();
      const long before = testing::allocations();
      const int64_t arena = trainer.arena_bytes();
      for (int i = 0; i < 10; ++i) step();
      EXPECT_EQ(testing::allocations() - before, 0) << optimizer << ", " << threads << " threads";
      EXPECT_EQ(trainer.arena_bytes(), arena);
    }
  }
}

TEST(Trainer, LetsThreadsTakeTurns) {
  Network network = small_network();
  Trainer trainer(network.graph, network.table(), options_of("kind=sgd"));
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 3; ++t) {
    threads.emplace_back([&trainer, t] {
      for (uint32_t i = 0; i < 5; ++i) testing::step(trainer, small_batch(6, t));
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(trainer.steps(), 15);
}

TEST(Dropout, DropsTheGivenShareAndKeepsTheMean) {
  const std::vector<float> ones(100003, 1.f);
  for (double rate : {0.1, 0.5, 0.9}) {
    std::vector<float> dropped(ones.size()), again(ones.size()), other(ones.size());
    pointwise::dropout(ones.data(), rate, 7, dropped.data(), static_cast<int64_t>(ones.size()));
    pointwise::dropout(ones.data(), rate, 7, again.data(), static_cast<int64_t>(ones.size()));
    pointwise::dropout(ones.data(), rate, 8, other.data(), static_cast<int64_t>(ones.size()));
    double zeros = 0, same = 0;
    for (size_t i = 0; i < ones.size(); ++i) {
      zeros += dropped[i] == 0;
      same += (dropped[i] == 0) == (other[i] == 0);
      EXPECT_TRUE(dropped[i] == 0 || std::abs(dropped[i] * (1 - rate) - 1) < 1e-6) << dropped[i];
    }
    const double count = static_cast<double>(ones.size()), spread = 5 * std::sqrt(rate * (1 - rate) / count);
    EXPECT_NEAR(zeros / count, rate, spread);
    EXPECT_NEAR(same / count, rate * rate + (1 - rate) * (1 - rate), 0.02) << "another key is another draw";
    EXPECT_EQ(dropped, again);
  }
}

TEST(Dropout, DrawsAnewInEveryStepAndForEverySeed) {
  Network network = small_network(0.5);
  const auto first_losses = [&](int64_t seed) {
    TrainOptions options = options_of("kind=sgd");
    options.seed = seed;
    Trainer trainer(network.graph, network.table(), options);
    trainer.set_learning_rate(0);
    return std::pair(testing::step(trainer, small_batch()), testing::step(trainer, small_batch()));
  };
  const auto [first, second] = first_losses(1);
  EXPECT_NE(first, second);
  EXPECT_EQ(first, first_losses(1).first);
  EXPECT_NE(first, first_losses(2).first);
}

TEST(Dropout, DoesNotDependOnTheTeam) {
  Network network = small_network(0.5);
  Trainer one(network.graph, network.table(), options_of("kind=sgd", 1)), two(network.graph, network.table(), options_of("kind=sgd", 2));
  EXPECT_NEAR(testing::step(one, small_batch()), testing::step(two, small_batch()), 1e-5);
}

}  // namespace
}  // namespace quintet
