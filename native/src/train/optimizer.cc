#include "train/optimizer.h"

#include <cmath>

#include "graph/attributes.h"

namespace quintet {
namespace {

double fraction(Attributes& attributes, const std::string& key, double fallback) {
  const double value = attributes.real(key, fallback);
  if (!(value >= 0 && value < 1)) attributes.fail(key + " " + std::to_string(value) + " is not in [0, 1)");
  return value;
}

double not_negative(Attributes& attributes, const std::string& key, double fallback) {
  const double value = attributes.real(key, fallback);
  if (!(value >= 0) || std::isinf(value)) attributes.fail(key + " " + std::to_string(value) + " is negative or not a number");
  return value;
}

}  // namespace

Optimizer::Optimizer(const std::string& text) {
  Attributes attributes("optimizer", text);
  const std::string kind = attributes.word("kind", "");
  if (kind == "sgd") {
    a_ = fraction(attributes, "momentum", 0);
    const bool nesterov = attributes.flag("nesterov", false);
    kind_ = a_ == 0 ? UpdateRule::kSgd : nesterov ? UpdateRule::kNesterov : UpdateRule::kMomentum;
    if (a_ > 0) states_ = {"momentum"};
  } else if (kind == "rmsprop") {
    b_ = fraction(attributes, "rho", 0.9);
    a_ = fraction(attributes, "momentum", 0);
    epsilon_ = not_negative(attributes, "epsilon", 1e-7);
    const bool centered = attributes.flag("centered", false);
    kind_ = centered ? a_ > 0 ? UpdateRule::kCenteredMomentum : UpdateRule::kCentered : a_ > 0 ? UpdateRule::kRmspropMomentum : UpdateRule::kRmsprop;
    states_ = {"velocity"};
    if (centered) states_.push_back("average_gradient");
    if (a_ > 0) states_.push_back("momentum");
  } else if (kind == "adam" || kind == "adamw") {
    a_ = fraction(attributes, "beta1", 0.9);
    b_ = fraction(attributes, "beta2", 0.999);
    epsilon_ = not_negative(attributes, "epsilon", 1e-7);
    kind_ = UpdateRule::kAdam;
    states_ = {"momentum", "velocity"};
  } else {
    attributes.fail("kind '" + kind + "' is unknown; known are sgd, rmsprop, adam, adamw");
  }
  weight_decay_ = not_negative(attributes, "weight_decay", kind == "adamw" ? 0.004 : 0);
  l2_ = not_negative(attributes, "l2", 0);
  attributes.finish();
}

UpdateRule Optimizer::rule(double learning_rate, int64_t steps, double gradient_scale, double clip) const {
  UpdateRule rule;
  rule.kind = kind_;
  rule.rate = static_cast<float>(learning_rate);
  if (kind_ == UpdateRule::kAdam) {
    const double t = static_cast<double>(steps + 1);
    rule.rate = static_cast<float>(learning_rate * std::sqrt(1 - std::pow(b_, t)) / (1 - std::pow(a_, t)));
  }
  rule.a = static_cast<float>(a_);
  rule.b = static_cast<float>(b_);
  rule.epsilon = static_cast<float>(epsilon_);
  rule.gradient_scale = static_cast<float>(gradient_scale);
  rule.clip = clip > 0 ? static_cast<float>(clip) : INFINITY;
  rule.l2 = static_cast<float>(l2_);
  rule.decay = static_cast<float>(learning_rate * weight_decay_);
  return rule;
}

}  // namespace quintet
