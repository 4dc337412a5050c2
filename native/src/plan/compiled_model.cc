#include "plan/compiled_model.h"

#include <algorithm>
#include <numeric>

#include "passes/algorithm.h"
#include "passes/bind.h"
#include "passes/passes.h"
#include "plan/explain.h"
#include "plan/plan_builder.h"
#include "quintet/error.h"
#include "runtime/cpu.h"
#include "runtime/team.h"

namespace quintet {

void check(const CompileOptions& o) {
  const auto within = [](const char* name, int64_t value, int64_t low, int64_t high) {
    if (value < low || value > high) {
      throw Error(ErrorKind::kArgument, std::string(name) + " is " + std::to_string(value) + ", expected " + std::to_string(low) + " to " + std::to_string(high));
    }
  };
  within("threads", o.threads, 1, 1024);
  within("lanes", o.lanes, 1, 1024);
  within("batch", o.batch, 1, 1 << 20);
  if (o.channel_block != 0 && o.channel_block != 8) within("channel block", o.channel_block, 16, 16);
  within("precision", static_cast<int64_t>(o.precision), 0, 3);
  within("plan cache", o.plan_cache, 1, 1 << 20);
}

namespace {

/// CompileOptions::choices as Target has them.
std::map<std::string, std::string> choices_of(const std::string& text) {
  std::map<std::string, std::string> choices;
  for (const std::string& line : lines(text)) {
    const size_t tab = line.find('\t');
    if (tab != std::string::npos) choices.emplace(line.substr(0, tab), line.substr(tab + 1));
  }
  return choices;
}

}  // namespace

CompiledModel::CompiledModel(const GraphData& graph, const TensorTable& weights, const CompileOptions& options)
    : options_(options), engine_(dnnl::engine::kind::cpu, 0), small_(options.saved ? unpacked_of(weights, graph) : weights, graph),
      weights_(options.saved ? WeightStore(engine_, packed_of(weights)) : WeightStore(engine_)) {
  check(options);
  program_ = bind(graph, options.saved ? unpacked_of(weights, graph) : weights, options, options.channel_block > 0 ? options.channel_block : channel_block());
  input_ = graph.nodes.front().shape;
  Target target{input_shape(options.batch, options.height, options.width), options.threads, options.precision};
  target.choices = choices_of(options.choices);
  run_passes(program_, target, lines(options.without));
  first_ = plan(options.batch, options.height, options.width);
  lanes_.emplace(options.lanes, options.threads, options.precision != Precision::kExact, engine_);
}

std::shared_ptr<const Plan> CompiledModel::make_plan(const Shape& input) {
  // Primitives are made for the team that will run them.
  auto plan = with_team(options_.threads, [&] { return PlanBuilder(program_, input, options_.threads, engine_, weights_).build(); });
  plan->fallback = precision_fallback(options_.precision);
  return plan;
}

Shape CompiledModel::input_shape(int64_t batch, int64_t height, int64_t width) const {
  if (batch < 1 || height < 0 || width < 0) {
    throw Error(ErrorKind::kShape, "a batch of " + std::to_string(batch) + " pictures of " + std::to_string(height) + "x" + std::to_string(width) + " is empty or negative");
  }
  const Shape input = Shape::nchw(batch, input_.c(), height > 0 ? height : input_.h(), width > 0 ? width : input_.w());
  input.elements();
  return input;
}

std::shared_ptr<const Plan> CompiledModel::plan(int64_t batch, int64_t height, int64_t width) {
  const Shape input = input_shape(batch, height, width);
  std::lock_guard lock(mutex_);
  const auto at = std::find_if(plans_.begin(), plans_.end(), [&](const auto& p) { return p->input == input; });
  if (at != plans_.end()) {
    plans_.splice(plans_.begin(), plans_, at);
    return plans_.front();
  }
  plans_.push_front(make_plan(input));
  if (static_cast<int>(plans_.size()) > options_.plan_cache) plans_.pop_back();
  return plans_.front();
}

void CompiledModel::run(const std::shared_ptr<const Plan>& plan, void* const* slots, int& preferred_lane, int64_t timeout_ms) {
  preferred_lane = lanes_->run(plan, slots, preferred_lane, timeout_ms);
}

int64_t CompiledModel::arena_bytes() const {
  std::lock_guard lock(mutex_);
  size_t largest = 0;
  for (const auto& p : plans_) largest = std::max(largest, p->arena_bytes);
  return static_cast<int64_t>(largest);
}

std::string CompiledModel::explain() const {
  std::lock_guard lock(mutex_);
  return profiled_.empty() ? explain_plan(*first_, nullptr) : explain_plan(*first_, profiled_.data(), &*limits_);
}

std::string CompiledModel::layer_with_nan() const {
  for (const ProgramNode& node : program_.nodes) {
    if (node.alive && node.filters && node.filters->has_nan()) return node.name;
  }
  return "";
}

std::string CompiledModel::choices() const {
  std::string text;
  for (const ProgramNode& node : program_.nodes) {
    if (!node.alive || node.choice == Choice::kNone) continue;
    text += node.layer_key + "\t" + to_string(algorithm_of(node)) + (node.choice == Choice::kModel ? kChosenByModel : "") + "\n";
  }
  return text;
}

std::string CompiledModel::limits() {
  const auto computes_in = [&](const char* precision) {
    return std::any_of(first_->steps.begin(), first_->steps.end(), [&](const Step& s) { return s.work > 0 && s.precision == precision; });
  };
  const MachineLimits found = machine_limits(options_.threads, packed_bytes() + arena_bytes(), computes_in("bf16"), computes_in("int8"));
  std::lock_guard lock(mutex_);
  limits_ = found;
  return to_json(found);
}

std::string CompiledModel::profile(int runs) {
  if (runs < 1) throw Error(ErrorKind::kArgument, "a profile needs one run or more");
  AlignedBuffer input(first_->input.elements() * sizeof(float), "the profile's input");
  std::vector<void*> slots(first_->outputs.size() + 1, nullptr);
  slots[0] = input.data();
  std::vector<std::vector<double>> samples(first_->steps.size());
  std::vector<double> seconds(first_->steps.size());
  for (int i = 0; i <= runs; ++i) {                    // the first run only warms up
    std::fill(seconds.begin(), seconds.end(), 0.0);
    lanes_->run_timed(first_, slots.data(), seconds.data());
    for (size_t s = 0; s < seconds.size() && i > 0; ++s) samples[s].push_back(seconds[s] * 1e3);
  }
  limits();
  {
    std::lock_guard lock(mutex_);
    profiled_ = medians(samples);
  }
  return explain();
}

}  // namespace quintet
