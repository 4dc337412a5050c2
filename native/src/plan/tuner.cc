#include "plan/tuner.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "kernels/cpu.h"
#include "passes/algorithm.h"
#include "passes/bind.h"
#include "plan/compiled_model.h"
#include "plan/explain.h"
#include "plan/plan_builder.h"
#include "runtime/cpu.h"
#include "runtime/team.h"

namespace quintet {
namespace {

// Another way must be so much faster than the cost model's: less is noise, and a choice that changes with it helps nobody.
constexpr double kWorthwhile = 0.97;
// Milliseconds that one measurement may take, and bounds of its runs.
constexpr double kBudget = 500;
constexpr int kLeastRuns = 5, kMostRuns = 100;
// Runs shorter than this are repeated before they are timed: else they find in the caches what the other plan left there.
constexpr double kShort = 20;

using Times = std::map<std::string, double>;   // milliseconds by node

/// Layers with one key, and what was found out about them.
struct Group {
  LayerWays layer;
  std::vector<int> nodes;
  Shape in;
  std::vector<double> milliseconds;   // by way, of all nodes together; NaN: not measured
  size_t best = 0;
};

/// Layers of equal key in the program, each with the ways it has.
std::vector<Group> groups_of(const Program& program, const Target& target) {
  std::vector<Group> groups;
  std::map<std::string, size_t> by_key;
  std::vector<Shape> shapes(program.nodes.size());
  for (int id : program.order) {
    const ProgramNode& node = program.nodes[id];
    if (!node.alive) continue;
    const auto in = GraphData::input_shapes(node.inputs, shapes);
    shapes[id] = node.op ? node.op->infer_shape(node.name, in) : target.input;
    if (node.choice == Choice::kNone || in.empty()) continue;
    const auto layer = layer_ways(program, node, in[0], shapes[id], target);
    if (!layer) continue;
    const auto [at, added] = by_key.emplace(layer->key, groups.size());
    if (added) groups.push_back({*layer, {}, in[0], {}, 0});
    groups[at->second].nodes.push_back(id);
  }
  return groups;
}

class Tuner {
 public:
  Tuner(const GraphData& graph, const TensorTable& weights, const CompileOptions& options)
      : options_(options), engine_(dnnl::engine::kind::cpu, 0), weights_(engine_), lanes_(1, options.threads, options.precision != Precision::kExact, engine_),
        program_(bind(graph, weights, options, options.channel_block > 0 ? options.channel_block : channel_block())) {
    const Shape picture = graph.nodes.front().shape;
    target_.input = Shape::nchw(options.batch, picture.c(), options.height > 0 ? options.height : picture.h(), options.width > 0 ? options.width : picture.w());
    target_.threads = options.threads;
    target_.precision = options.precision;
    run_passes(program_, target_, lines(options.without));
    groups_ = groups_of(program_, target_);
    input_ = AlignedBuffer(target_.input.elements() * sizeof(float), "the input to tune on");
  }

  std::string tune() {
    model_ = plan();
    const double one_run = time_once(model_);
    runs_ = std::clamp(static_cast<int>(kBudget / (2 * one_run)), kLeastRuns, kMostRuns);
    repeated_ = one_run < kShort;
    for (Group& g : groups_) g.milliseconds.assign(g.layer.ways.size(), NAN);
    measure_ways();
    for (Group& g : groups_) add_schedules(g);
    measure_ways();
    return finish();
  }

 private:
  std::shared_ptr<const Plan> plan() {
    return with_team(options_.threads, [&] { return PlanBuilder(program_, target_.input, options_.threads, engine_, weights_).build(); });
  }

  double time_once(const std::shared_ptr<const Plan>& plan) {
    run(plan);
    return total(run(plan));
  }

  static double total(const Times& times) {
    double sum = 0;
    for (const auto& [node, ms] : times) sum += ms;
    return sum;
  }

  /// One run; milliseconds of each node, with the reorders that it needs.
  Times run(const std::shared_ptr<const Plan>& plan) {
    std::vector<double> seconds(plan->steps.size(), 0.0);
    std::vector<void*> slots(plan->outputs.size() + 1, nullptr);
    slots[0] = input_.data();
    lanes_.run_timed(plan, slots.data(), seconds.data());
    Times times;
    for (size_t i = 0; i < seconds.size(); ++i) times[plan->steps[i].node] += seconds[i] * 1e3;
    return times;
  }

  Times run_warm(const std::shared_ptr<const Plan>& plan) {
    if (repeated_) run(plan);
    return run(plan);
  }

  struct Pair {
    Times before, after;                       // medians by node
    double before_total = 0, after_total = 0;
  };

  /// Alternates the cost model's plan with another.
  Pair compare(const std::shared_ptr<const Plan>& other) {
    std::vector<Times> before, after;
    for (int i = 0; i <= runs_; ++i) {         // the first pair only warms up
      Times model_times = run_warm(model_), other_times = run_warm(other);
      if (i == 0) continue;
      before.push_back(std::move(model_times));
      after.push_back(std::move(other_times));
    }
    return {medians_of(before), medians_of(after), median_total(before), median_total(after)};
  }

  static double median(std::vector<double> values) {
    std::vector<std::vector<double>> samples{std::move(values)};
    return medians(samples).front();
  }

  static double median_total(const std::vector<Times>& runs) {
    std::vector<double> totals;
    for (const Times& t : runs) totals.push_back(total(t));
    return median(totals);
  }

  static Times medians_of(const std::vector<Times>& runs) {
    Times found;
    for (const auto& [node, ms] : runs.front()) {
      std::vector<double> values;
      for (const Times& t : runs) values.push_back(t.at(node));
      found[node] = median(values);
    }
    return found;
  }

  double time_of(const Group& group, const Times& times) const {
    double sum = 0;
    for (int id : group.nodes) sum += times.at(program_.nodes[id].name);
    return sum;
  }

  void set(const Group& group, size_t way) {
    for (int id : group.nodes) set_algorithm(program_.nodes[id], group.layer.ways[way], group.in);
  }

  /// Measures the ways that were not yet, each together with the same of all other layers that have so many.
  void measure_ways() {
    size_t most = 0;
    for (const Group& g : groups_) most = std::max(most, g.layer.ways.size());
    for (size_t way = 1; way < most; ++way) {
      bool any = false;
      for (Group& g : groups_) {
        const bool has = way < g.layer.ways.size() && std::isnan(g.milliseconds[way]);
        set(g, has ? way : 0);
        any = any || has;
      }
      if (any) measure_way(way);
    }
  }

  void measure_way(size_t way) {
    const Pair pair = compare(plan());
    for (Group& g : groups_) {
      if (way >= g.layer.ways.size() || !std::isnan(g.milliseconds[way])) continue;
      const double before = time_of(g, pair.before), after = time_of(g, pair.after);
      if (std::isnan(g.milliseconds[0])) g.milliseconds[0] = before;
      g.milliseconds[way] = after * (before > 0 ? g.milliseconds[0] / before : 1);   // as at the time of the first
      if (g.milliseconds[way] < g.milliseconds[g.best] && g.milliseconds[way] < kWorthwhile * g.milliseconds[0]) g.best = way;
    }
  }

  /// The likely schedules of the best tile, behind the ways there are; the first of them is what was measured.
  void add_schedules(Group& group) {
    const Algorithm best = group.layer.ways[group.best];
    if (best.tile == 0) return;
    TiledShape shape = *group.layer.tiled;
    shape.tile = best.tile;
    shape.factors = best.factors;
    const auto schedules = likely_schedules(shape, options_.threads, core_model());
    for (size_t i = 1; i < schedules.size(); ++i) {
      group.layer.ways.push_back({best.tile, schedules[i], {}, false, best.factors});
      group.milliseconds.push_back(NAN);
    }
  }

  /// Measures all the best together; where that is no gain after all, the cost model's choices stay.
  std::string finish() {
    for (Group& g : groups_) set(g, g.best);
    const bool changed = std::any_of(groups_.begin(), groups_.end(), [](const Group& g) { return g.best != 0; });
    const Pair pair = compare(changed ? plan() : model_);
    const bool gain = changed && pair.after_total < pair.before_total;
    for (Group& g : groups_) g.best = gain ? g.best : 0;
    return report(pair.before_total, gain ? pair.after_total : pair.before_total);
  }

  std::string report(double before, double after) const {
    std::stringstream json;
    json << "{\"before_ms\":" << before << ",\"after_ms\":" << after << ",\"runs\":" << runs_ << ",\"layers\":[";
    for (size_t i = 0; i < groups_.size(); ++i) json << (i == 0 ? "\n" : ",\n") << described(groups_[i]);
    json << "]}";
    return json.str();
  }

  std::string described(const Group& group) const {
    std::stringstream json;
    json << "{\"key\":" << json_string(group.layer.key) << ",\"nodes\":[";
    for (size_t i = 0; i < group.nodes.size(); ++i) json << (i == 0 ? "" : ",") << json_string(program_.nodes[group.nodes[i]].name);
    json << "],\"model\":" << json_string(to_string(group.layer.ways[0])) << ",\"choice\":" << json_string(to_string(group.layer.ways[group.best])) << ",\"candidates\":[";
    for (size_t i = 0; i < group.layer.ways.size(); ++i) {
      json << (i == 0 ? "" : ",") << "{\"way\":" << json_string(to_string(group.layer.ways[i])) << ",\"ms\":" << group.milliseconds[i] << "}";
    }
    json << "]}";
    return json.str();
  }

  CompileOptions options_;
  dnnl::engine engine_;
  WeightStore weights_;
  Lanes lanes_;
  Program program_;
  Target target_;
  std::vector<Group> groups_;
  AlignedBuffer input_;
  std::shared_ptr<const Plan> model_;          // as the cost model wants it
  int runs_ = kLeastRuns;
  bool repeated_ = false;
};

}  // namespace

std::string run_tuner(const GraphData& graph, const TensorTable& weights, const CompileOptions& options) {
  check(options);
  return Tuner(graph, weights, options).tune();
}

}  // namespace quintet
