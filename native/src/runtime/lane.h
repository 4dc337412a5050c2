// One lane: plans bound to memory of its own.
#pragma once

#include <memory>
#include <vector>

#include "plan/lane_program.h"

namespace quintet {

/// Used by whoever holds it in the LanePool. A plan for a team is run by the master that the pool has for it.
class Lane {
 public:
  /// `flush_denormals`: numbers below the smallest normal float count as zero while this lane computes.
  Lane(bool flush_denormals, const dnnl::engine& engine) : flush_denormals_(flush_denormals), engine_(engine) {}

  void run(const std::shared_ptr<const Plan>& plan, void* const* slots);
  /// Steps' seconds are added to `seconds`.
  void run_timed(const std::shared_ptr<const Plan>& plan, void* const* slots, double* seconds);
  /// Drops memory bound to plans that nobody else keeps.
  void forget_unused();

 private:
  LaneProgram& bound(const std::shared_ptr<const Plan>& plan);

  struct Bound {
    std::shared_ptr<const Plan> plan;
    std::unique_ptr<LaneProgram> program;
  };

  bool flush_denormals_;
  const dnnl::engine& engine_;
  std::vector<Bound> bound_;
};

}  // namespace quintet
