#include "train/training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "kernels/pointwise.h"
#include "passes/bind.h"
#include "passes/passes.h"
#include "plan/explain.h"
#include "quintet/error.h"
#include "runtime/cpu.h"
#include "runtime/team.h"
#include "train/setup.h"

namespace quintet {

Training::Training(const GraphData& graph, const TensorTable& weights, const TrainOptions& options)
    : options_(options), name_(graph.name), heads_(head_losses(graph, options)), engine_(dnnl::engine::kind::cpu, 0), optimizer_(options.optimizer),
      parameters_(graph, frozen_layers(graph, options), engine_), program_(training_program(graph, heads_, channel_block())), lanes_(1, options.threads, true, engine_) {
  check_train_options(options);
  pointwise::require();
  check_weights(graph, weights, options.ignore_unused);
  for (const HeadLoss& head : heads_) head_classes_.push_back(graph.nodes[head.logits].shape.c());
  for (const GraphHead& head : graph.heads) head_names_.push_back(head.name);
  input_ = graph.nodes.front().shape;
  state_.seed = static_cast<uint64_t>(options.seed);
  state_.dropout = options.dropout;
  state_.head_losses.resize(graph.heads.size());
  plan(options.batch, true);                            // decides the parameters' forms
  parameters_.allocate(static_cast<int>(optimizer_.states().size()), weights);
  for (int p = 0; p < parameters_.count(); ++p) {
    if (parameters_.trainable(p)) trainable_.push_back(p);
  }
}

std::shared_ptr<const Plan> Training::plan(int64_t batch, bool training) {
  const auto at = std::find_if(plans_.begin(), plans_.end(), [&](const Entry& e) { return e.batch == batch && e.training == training; });
  if (at != plans_.end()) {
    plans_.splice(plans_.begin(), plans_, at);
    return plans_.front().plan;
  }
  plans_.push_front({batch, training, make_plan(batch, training)});
  if (static_cast<int>(plans_.size()) > options_.plan_cache) plans_.pop_back();
  lanes_.forget_unused();
  arena_bytes_ = std::max(arena_bytes_, plans_.front().plan->arena_bytes);
  return plans_.front().plan;
}

std::shared_ptr<const Plan> Training::make_plan(int64_t batch, bool training) {
  const Shape input = Shape::nchw(batch, input_.c(), input_.h(), input_.w());
  input.elements();
  TrainPlanOptions options;
  options.heads = heads_;
  options.label_smoothing = options_.label_smoothing;
  options.threads = options_.threads;
  options.training = training;
  // Primitives are made for the team that will run them.
  return with_team(options_.threads, [&] {
    TrainPlanBuilder builder(program_, input, options, engine_, parameters_, state_);
    builder.build();
    if (training) append_update(builder);
    return builder.writer().finish();
  });
}

void Training::append_update(TrainPlanBuilder& builder) {
  const Operand gradients = parameters_.all(ParameterStore::kGradient);
  const auto add = [&](const char* kernel, PlanWriter::Kernel run, size_t scratch) {
    builder.writer().add_kernel({name_, "update", input_, 0}, kernel, {gradients}, std::move(run), scratch);
  };
  const int64_t length = parameters_.trained_floats();
  add("norm of gradients", [this, length](void* const* at) {
    state_.gradient_squares = pointwise::square_sum(static_cast<const float*>(at[0]), length, static_cast<double*>(at[1]));
  }, pointwise::square_sum_scratch(length) * sizeof(double));
  builder.append_deferred();
  add("optimizer", [this](void* const*) { update_parameters(); }, 0);
}

double Training::gradient_scale() const {
  const double norm = std::sqrt(state_.gradient_squares);
  return options_.clip_norm > 0 && norm > options_.clip_norm ? options_.clip_norm / norm : 1;
}

void Training::update_parameters() {
  if (!state_.is_finite() || parameters_.trained_floats() == 0) return;
  UpdateArrays arrays{parameters_.trained(ParameterStore::kValue), parameters_.trained(ParameterStore::kGradient), {}};
  for (size_t s = 0; s < optimizer_.states().size(); ++s) arrays.states[s] = parameters_.trained(ParameterStore::kState + static_cast<int>(s));
  update(optimizer_.rule(state_.learning_rate, state_.steps, gradient_scale(), options_.clip_value), arrays, parameters_.trained_floats());
}

void Training::check(const Batch& batch, const Shape& input) const {
  const auto expect_bytes = [](const char* what, const std::string& whose, int64_t found, const Shape& shape) {
    const int64_t wanted = shape.elements() * static_cast<int64_t>(sizeof(float));
    if (found == wanted) return;
    throw Error(ErrorKind::kShape, what + whose + " of shape " + to_string(shape) + " needs " + std::to_string(wanted) + " bytes, found " + std::to_string(found));
  };
  if (batch.input == nullptr || (batch.labels == nullptr && batch.targets == nullptr)) throw Error(ErrorKind::kArgument, "the input, the labels or the targets are missing");
  expect_bytes("the input", "", batch.input_bytes, input);
  for (size_t h = 0; h < heads_.size(); ++h) {
    const std::string& head = head_names_[heads_[h].head];
    if (batch.targets != nullptr) {
      expect_bytes("the targets for head ", head, batch.target_bytes, Shape::features(batch.count, head_classes_[h]));
      continue;
    }
    for (int n = 0; n < batch.count; ++n) {
      if (batch.labels[n] >= 0 && batch.labels[n] < head_classes_[h]) continue;
      throw Error(ErrorKind::kArgument, "picture " + std::to_string(n) + " of the batch has label " + std::to_string(batch.labels[n]) + ", but head " + head + " has classes 0 to " +
                                            std::to_string(head_classes_[h] - 1));
    }
  }
}

void Training::start(const Batch& batch) {
  state_.labels = batch.labels;
  state_.targets = batch.targets;
  state_.total = 0;
  state_.correct = 0;
  state_.gradient_squares = 0;
  std::fill(state_.head_losses.begin(), state_.head_losses.end(), 0.0);
}

double Training::run(const Batch& batch, bool training) {
  if (batch.count < 1 || batch.count > options_.batch) {
    throw Error(ErrorKind::kArgument, "a batch of " + std::to_string(batch.count) + " pictures; expected 1 to " + std::to_string(options_.batch));
  }
  check(batch, Shape::nchw(batch.count, input_.c(), input_.h(), input_.w()));
  const std::shared_ptr<const Plan> steps = plan(batch.count, training);
  start(batch);
  void* slots[] = {const_cast<float*>(batch.input)};
  lanes_.run(steps, slots);
  if (!training) return state_.total;
  has_gradients_ = true;
  if (!state_.is_finite()) return std::numeric_limits<double>::quiet_NaN();
  ++state_.steps;
  return state_.total;
}

std::string Training::state_name(int state) const {
  return parameters_.spec(state_parameter(state)).name + "/" + optimizer_.states()[state_tensor(state) - ParameterStore::kState];
}

int Training::state_parameter(int state) const { return trainable_[state % trainable_.size()]; }

int Training::state_tensor(int state) const { return ParameterStore::kState + state / static_cast<int>(trainable_.size()); }

std::string Training::explain() { return explain_plan(*plan(options_.batch, true), nullptr); }

std::string Training::profile(int runs) {
  if (runs < 1) throw Error(ErrorKind::kArgument, "a profile needs one run or more");
  const std::shared_ptr<const Plan> steps = plan(options_.batch, true);
  const ParameterStore::Snapshot kept = parameters_.save();
  const StepState before = state_;
  std::vector<float> input(Shape::nchw(options_.batch, input_.c(), input_.h(), input_.w()).elements());
  for (size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(pointwise::mix(1, i) >> 40) * 0x1p-23f - 1;
  const std::vector<int> labels(options_.batch, 0);
  std::vector<std::vector<double>> samples(steps->steps.size());
  void* slots[] = {input.data()};
  for (int i = 0; i <= runs; ++i) {                     // the first run only warms up
    std::vector<double> seconds(steps->steps.size());
    start({input.data(), 0, labels.data(), nullptr, 0, static_cast<int>(options_.batch)});
    lanes_.run_timed(steps, slots, seconds.data());
    for (size_t s = 0; s < seconds.size() && i > 0; ++s) samples[s].push_back(seconds[s] * 1e3);
  }
  parameters_.restore(kept);
  state_ = before;
  return explain_plan(*steps, medians(samples).data());
}

}  // namespace quintet
