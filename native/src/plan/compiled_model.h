// A model behind its handle: the program, its packed weights, plans by input shape, lanes.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "passes/program.h"
#include "plan/plan.h"
#include "plan/weight_store.h"
#include "quintet/model.h"
#include "runtime/lanes.h"
#include "runtime/limits.h"

namespace quintet {

/// Throws Error kArgument for an option out of its range.
void check(const CompileOptions& options);

/// Thread-safe.
class CompiledModel {
 public:
  CompiledModel(const GraphData& graph, const TensorTable& weights, const CompileOptions& options);

  /// The plan for this shape, made now if need be; the least recently used one beyond options.plan_cache is dropped.
  std::shared_ptr<const Plan> plan(int64_t batch, int64_t height, int64_t width);
  void run(const std::shared_ptr<const Plan>& plan, void* const* slots, int& preferred_lane, int64_t timeout_ms);

  const std::vector<ProgramOutput>& outputs() const { return program_.outputs; }
  int64_t packed_bytes() const { return weights_.bytes(); }
  int64_t arena_bytes() const;
  std::string explain() const;
  std::string profile(int runs);
  std::string limits();

  /// A layer of which weights are no numbers; "" if there is none.
  std::string layer_with_nan() const;
  std::map<std::string, std::shared_ptr<const PackedTensor>> packed_forms() const { return weights_.forms(); }
  const SmallTensors& small_tensors() const { return small_; }
  /// For CompileOptions::choices: every layer that had more than one way, and who chose.
  std::string choices() const;

 private:
  Shape input_shape(int64_t batch, int64_t height, int64_t width) const;
  std::shared_ptr<const Plan> make_plan(const Shape& input);

  CompileOptions options_;
  dnnl::engine engine_;
  Shape input_;
  SmallTensors small_;
  Program program_;
  WeightStore weights_;
  std::optional<Lanes> lanes_;
  mutable std::mutex mutex_;
  std::list<std::shared_ptr<const Plan>> plans_;   // most recently used first
  std::shared_ptr<const Plan> first_;              // of the shape compiled for
  std::vector<double> profiled_;                   // milliseconds of its steps, once profile() was called
  std::optional<MachineLimits> limits_;
};

}  // namespace quintet
