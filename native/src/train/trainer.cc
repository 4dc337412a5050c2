// The public face: turns, checks of arguments, and nothing else.
#include "quintet/trainer.h"

#include <cmath>
#include <mutex>

#include "quintet/error.h"
#include "train/training.h"

namespace quintet {
namespace {

int checked(int index, int count, const char* what) {
  if (index >= 0 && index < count) return index;
  throw Error(ErrorKind::kArgument, std::string(what) + " " + std::to_string(index) + " does not exist; there are " + std::to_string(count));
}

}  // namespace

/// A training and whose turn it is.
class Trainer::Turns {
 public:
  Turns(const GraphData& graph, const TensorTable& weights, const TrainOptions& options) : training(graph, weights, options) {}

  int parameter(int index) const { return checked(index, training.parameters().count(), "parameter"); }
  int state(int index) const { return checked(index, training.state_count(), "state tensor"); }

  void check_bytes(int parameter, int64_t bytes) const {
    const ParameterSpec& spec = training.parameters().spec(parameter);
    const int64_t expected = checked_product(spec.shape) * static_cast<int64_t>(sizeof(float));
    if (bytes == expected) return;
    throw Error(ErrorKind::kShape, spec.name + " of shape " + to_string(spec.shape) + " needs " + std::to_string(expected) + " bytes, found " + std::to_string(bytes));
  }

  Training training;
  std::mutex mutex;
};

Trainer::Trainer(const Graph& graph, const TensorTable& weights, const TrainOptions& options) : turns_(std::make_unique<Turns>(*graph.data(), weights, options)) {}
Trainer::~Trainer() = default;

void Trainer::set_learning_rate(double rate) {
  if (!(rate >= 0) || std::isinf(rate)) throw Error(ErrorKind::kArgument, "learning rate " + std::to_string(rate) + " is negative or not a number");
  const std::lock_guard turn(turns_->mutex);
  turns_->training.state().learning_rate = rate;
}

double Trainer::learning_rate() const {
  const std::lock_guard turn(turns_->mutex);
  return turns_->training.state().learning_rate;
}

double Trainer::step(const float* input, int64_t input_bytes, const int* labels, int count) {
  const std::lock_guard turn(turns_->mutex);
  return turns_->training.run({input, input_bytes, labels, nullptr, 0, count}, true);
}

double Trainer::step_on_targets(const float* input, int64_t input_bytes, const float* targets, int64_t target_bytes, int count) {
  const std::lock_guard turn(turns_->mutex);
  return turns_->training.run({input, input_bytes, nullptr, targets, target_bytes, count}, true);
}

double Trainer::evaluate(const float* input, int64_t input_bytes, const int* labels, int count) {
  const std::lock_guard turn(turns_->mutex);
  return turns_->training.run({input, input_bytes, labels, nullptr, 0, count}, false);
}

double Trainer::evaluate_on_targets(const float* input, int64_t input_bytes, const float* targets, int64_t target_bytes, int count) {
  const std::lock_guard turn(turns_->mutex);
  return turns_->training.run({input, input_bytes, nullptr, targets, target_bytes, count}, false);
}

double Trainer::head_loss(int head) const {
  const std::lock_guard turn(turns_->mutex);
  const auto& losses = turns_->training.state().head_losses;
  return losses[checked(head, static_cast<int>(losses.size()), "head")];
}

int64_t Trainer::correct() const {
  const std::lock_guard turn(turns_->mutex);
  return turns_->training.state().correct;
}

int Trainer::parameter_count() const { return turns_->training.parameters().count(); }

std::string Trainer::parameter_name(int parameter) const { return turns_->training.parameters().spec(turns_->parameter(parameter)).name; }

bool Trainer::parameter_trainable(int parameter) const { return turns_->training.parameters().trainable(turns_->parameter(parameter)); }

void Trainer::read_parameter(int parameter, float* to, int64_t bytes) const {
  turns_->check_bytes(turns_->parameter(parameter), bytes);
  const std::lock_guard turn(turns_->mutex);
  turns_->training.parameters().read(parameter, ParameterStore::kValue, to);
}

void Trainer::write_parameter(int parameter, const float* from, int64_t bytes) {
  turns_->check_bytes(turns_->parameter(parameter), bytes);
  const std::lock_guard turn(turns_->mutex);
  turns_->training.parameters().write(parameter, ParameterStore::kValue, from);
}

void Trainer::read_gradient(int parameter, float* to, int64_t bytes) const {
  turns_->check_bytes(turns_->parameter(parameter), bytes);
  const std::lock_guard turn(turns_->mutex);
  const ParameterStore& parameters = turns_->training.parameters();
  if (!parameters.trainable(parameter)) throw Error(ErrorKind::kArgument, parameters.spec(parameter).name + " is not trained: it has no gradient");
  if (!turns_->training.has_gradients()) throw Error(ErrorKind::kArgument, "there are no gradients before the first step");
  parameters.read(parameter, ParameterStore::kGradient, to);
}

int Trainer::state_count() const { return turns_->training.state_count(); }
std::string Trainer::state_name(int state) const { return turns_->training.state_name(turns_->state(state)); }
int Trainer::state_parameter(int state) const { return turns_->training.state_parameter(turns_->state(state)); }

void Trainer::read_state(int state, float* to, int64_t bytes) const {
  const Training& training = turns_->training;
  turns_->check_bytes(training.state_parameter(turns_->state(state)), bytes);
  const std::lock_guard turn(turns_->mutex);
  training.parameters().read(training.state_parameter(state), training.state_tensor(state), to);
}

void Trainer::write_state(int state, const float* from, int64_t bytes) {
  Training& training = turns_->training;
  turns_->check_bytes(training.state_parameter(turns_->state(state)), bytes);
  const std::lock_guard turn(turns_->mutex);
  training.parameters().write(training.state_parameter(state), training.state_tensor(state), from);
}

int64_t Trainer::steps() const {
  const std::lock_guard turn(turns_->mutex);
  return turns_->training.state().steps;
}

void Trainer::set_steps(int64_t steps) {
  if (steps < 0) throw Error(ErrorKind::kArgument, "steps is " + std::to_string(steps) + ", expected 0 or more");
  const std::lock_guard turn(turns_->mutex);
  turns_->training.state().steps = steps;
}

int64_t Trainer::parameter_bytes() const { return turns_->training.parameters().bytes(); }

int64_t Trainer::arena_bytes() const {
  const std::lock_guard turn(turns_->mutex);
  return turns_->training.arena_bytes();
}

std::string Trainer::explain() const {
  const std::lock_guard turn(turns_->mutex);
  return turns_->training.explain();
}

std::string Trainer::profile(int runs) {
  const std::lock_guard turn(turns_->mutex);
  return turns_->training.profile(runs);
}

}  // namespace quintet
