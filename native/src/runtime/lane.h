// One lane: the thread that computes (the caller's own, or a master with a team) and the plans bound to its memory.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "plan/lane_program.h"

namespace quintet {

/// Used by whoever holds it in the LanePool.
class Lane {
 public:
  /// `flush_denormals`: numbers below the smallest normal float count as zero while this lane computes.
  Lane(int threads, bool flush_denormals, const dnnl::engine& engine) : threads_(threads), flush_denormals_(flush_denormals), engine_(engine) {}
  ~Lane();

  void run(const std::shared_ptr<const Plan>& plan, void* const* slots);
  /// Steps' seconds are added to `seconds`.
  void run_timed(const std::shared_ptr<const Plan>& plan, void* const* slots, double* seconds);
  /// Drops memory bound to plans that nobody else keeps.
  void forget_unused();

 private:
  using Work = void (*)(LaneProgram&, void* const*, double*);

  void compute(const std::shared_ptr<const Plan>& plan, void* const* slots, double* seconds, Work work);
  LaneProgram& bound(const std::shared_ptr<const Plan>& plan);
  void hand_to_master(LaneProgram& program, void* const* slots, double* seconds, Work work);
  void master();

  struct Bound {
    std::shared_ptr<const Plan> plan;
    std::unique_ptr<LaneProgram> program;
  };
  struct Job {
    LaneProgram* program;
    void* const* slots;
    double* seconds;
    Work work;
  };

  int threads_;
  bool flush_denormals_;
  const dnnl::engine& engine_;
  std::vector<Bound> bound_;

  // Only where a plan has steps for more than one thread: one native thread keeps one OpenMP team, however many callers come.
  std::thread master_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Job job_{};
  bool pending_ = false, done_ = false, stop_ = false;
  std::exception_ptr failure_;
};

}  // namespace quintet
