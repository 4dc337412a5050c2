// Optimizers by their definitions: Keras's, in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "training.h"

namespace quintet {
namespace {

using testing::Batch;
using testing::Network;
using testing::options_of;
using testing::small_batch;
using testing::small_network;

/// One scalar through an optimizer: `next(w, g, t)` is the definition, in double.
void expect_rule(const std::string& optimizer, const std::function<double(double, double, int)>& next, double rate = 0.05, double clip_value = 0) {
  SCOPED_TRACE(optimizer);
  Network network = small_network();
  TrainOptions options = options_of(optimizer);
  options.clip_value = clip_value;
  Trainer trainer(network.graph, network.table(), options);
  trainer.set_learning_rate(rate);
  const Batch batch = small_batch();
  double w = network.weight("hidden.weight")[7];
  for (int t = 1; t <= 4; ++t) {
    testing::step(trainer, batch);
    w = next(w, testing::read_gradient(trainer, network.graph, "hidden.weight")[7], t);
    EXPECT_NEAR(testing::read_parameter(trainer, network.graph, "hidden.weight")[7], w, 2e-6) << "after step " << t;
  }
  EXPECT_EQ(trainer.steps(), 4);
}

TEST(Optimizer, SgdFollowsTheGradient) {
  expect_rule("kind=sgd", [](double w, double g, int) { return w - 0.05 * g; });
}

TEST(Optimizer, MomentumAndNesterovAreKeras) {
  double m = 0;
  expect_rule("kind=sgd momentum=0.9", [&](double w, double g, int) { return w + (m = 0.9 * m - 0.05 * g); });
  m = 0;
  expect_rule("kind=sgd momentum=0.9 nesterov=true", [&](double w, double g, int) {
    m = 0.9 * m - 0.05 * g;
    return w + 0.9 * m - 0.05 * g;
  });
}

TEST(Optimizer, RmspropIsKeras) {
  double v = 0, c = 0, m = 0;
  expect_rule("kind=rmsprop", [&](double w, double g, int) {
    v = 0.9 * v + 0.1 * g * g;
    return w - 0.01 * g / std::sqrt(v + 1e-7);
  }, 0.01);
  v = 0;
  expect_rule("kind=rmsprop rho=0.8 momentum=0.5 centered=true epsilon=0.001", [&](double w, double g, int) {
    v = 0.8 * v + 0.2 * g * g;
    c = 0.8 * c + 0.2 * g;
    m = 0.5 * m + 0.01 * g / std::sqrt(v - c * c + 0.001);
    return w - m;
  }, 0.01);
}

TEST(Optimizer, AdamIsKeras) {
  double m = 0, v = 0;
  const auto adam = [&](double w, double g, int t) {
    m += (g - m) * 0.1;
    v += (g * g - v) * 0.001;
    return w - 0.01 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * m / (std::sqrt(v) + 1e-7);
  };
  expect_rule("kind=adam", adam, 0.01);
  m = v = 0;
  expect_rule("kind=adamw weight_decay=0.1", [&](double w, double g, int t) { return adam(w - 0.01 * 0.1 * w, g, t); }, 0.01);
}

TEST(Optimizer, DecaysWeightsBesideTheGradientOrThroughIt) {
  expect_rule("kind=sgd weight_decay=0.5", [](double w, double g, int) { return w - 0.05 * 0.5 * w - 0.05 * g; });
  expect_rule("kind=sgd l2=0.5", [](double w, double g, int) { return w - 0.05 * (g + 0.5 * w); });
}

TEST(Optimizer, ClipsByValue) {
  expect_rule("kind=sgd", [](double w, double g, int) { return w - 0.05 * std::clamp(g, -0.001, 0.001); }, 0.05, 0.001);
}

TEST(Optimizer, ClipsByTheNormOfAllGradients) {
  Network network = small_network();
  TrainOptions options = options_of("kind=sgd");
  options.clip_norm = 0.1;
  Trainer trainer(network.graph, network.table(), options);
  trainer.set_learning_rate(1);
  testing::step(trainer, small_batch());
  double squares = 0, moved = 0;
  for (int p = 0; p < trainer.parameter_count(); ++p) {
    if (!trainer.parameter_trainable(p)) continue;
    const std::string name = trainer.parameter_name(p);
    for (float g : testing::read_gradient(trainer, network.graph, name)) squares += static_cast<double>(g) * g;
    const auto now = testing::read_parameter(trainer, network.graph, name);
    for (size_t i = 0; i < now.size(); ++i) moved += std::pow(now[i] - network.weight(name)[i], 2);
  }
  EXPECT_GT(std::sqrt(squares), 0.1);
  EXPECT_NEAR(std::sqrt(moved), 0.1, 1e-5);
}

TEST(Optimizer, RefusesWhatItDoesNotKnow) {
  Network network = small_network();
  for (const char* text : {"kind=adagrad", "momentum=0.9", "kind=sgd momentum=1.5", "kind=adam beta3=1", "kind=sgd l2=-1", ""}) {
    EXPECT_THROW(Trainer(network.graph, network.table(), options_of(text)), Error) << text;
  }
}

}  // namespace
}  // namespace quintet
