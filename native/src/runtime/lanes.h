// The lanes of a model, a training or a tuner, and who computes on them.
#pragma once

#include <memory>
#include <vector>

#include "runtime/lane.h"
#include "runtime/lane_pool.h"

namespace quintet {

/// Thread-safe but for forget_unused.
class Lanes {
 public:
  /// `threads`: of each lane, for plans with teams. `flush_denormals`: see Lane.
  Lanes(int lanes, int threads, bool flush_denormals, const dnnl::engine& engine) : pool_(lanes, threads > 1) {
    for (int i = 0; i < lanes; ++i) lanes_.push_back(std::make_unique<Lane>(flush_denormals, engine));
  }

  /// A plan too small for teams is computed in the caller's thread: handing it over would take longer. Returns the lane: `preferred` if it
  /// was free. Throws what the plan throws, and Error kTimeout as LanePool::run does.
  int run(const std::shared_ptr<const Plan>& plan, void* const* slots, int preferred = 0, int64_t timeout_ms = -1) {
    return pool_.run([&](int lane) { lanes_[lane]->run(plan, slots); }, preferred, timeout_ms, plan->team > 1);
  }
  /// Steps' seconds are added to `seconds`.
  void run_timed(const std::shared_ptr<const Plan>& plan, void* const* slots, double* seconds) {
    pool_.run([&](int lane) { lanes_[lane]->run_timed(plan, slots, seconds); }, 0, -1, plan->team > 1);
  }
  /// Drops memory bound to plans that nobody else keeps. Nothing may run meanwhile.
  void forget_unused() {
    for (const auto& lane : lanes_) lane->forget_unused();
  }

 private:
  std::vector<std::unique_ptr<Lane>> lanes_;
  LanePool pool_;                           // its masters end before lanes do
};

}  // namespace quintet
