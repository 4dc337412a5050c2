#include "runtime/lane.h"

#include <immintrin.h>

#include <utility>

#include "runtime/team.h"

namespace quintet {
namespace {

/// The calling thread's treatment of denormals, put back at the end.
class FlushDenormals {
 public:
  explicit FlushDenormals(bool flush) : before_(_mm_getcsr()) {
    if (flush) _mm_setcsr(before_ | kFlushToZero | kDenormalsAreZero);
  }
  ~FlushDenormals() { _mm_setcsr(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  static constexpr unsigned kFlushToZero = 1u << 15, kDenormalsAreZero = 1u << 6;
  unsigned before_;
};

}  // namespace

Lane::~Lane() {
  if (!master_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  master_.join();
}

void Lane::run(const std::shared_ptr<const Plan>& plan, void* const* slots) {
  compute(plan, slots, nullptr, [](LaneProgram& p, void* const* s, double*) { p.run(s); });
}

void Lane::run_timed(const std::shared_ptr<const Plan>& plan, void* const* slots, double* seconds) {
  compute(plan, slots, seconds, [](LaneProgram& p, void* const* s, double* t) { p.run_timed(s, t); });
}

void Lane::compute(const std::shared_ptr<const Plan>& plan, void* const* slots, double* seconds, Work work) {
  LaneProgram& program = bound(plan);
  if (plan->team > 1) {   // otherwise handing over would take longer than the steps, which are too small for a team
    hand_to_master(program, slots, seconds, work);
    return;
  }
  const TeamSize one(1);
  const FlushDenormals flush(flush_denormals_);
  work(program, slots, seconds);
}

LaneProgram& Lane::bound(const std::shared_ptr<const Plan>& plan) {
  for (Bound& b : bound_) {
    if (b.plan == plan) return *b.program;
  }
  forget_unused();
  bound_.push_back({plan, std::make_unique<LaneProgram>(plan, engine_)});
  return *bound_.back().program;
}

void Lane::forget_unused() {
  std::erase_if(bound_, [](const Bound& b) { return b.plan.use_count() <= 2; });   // this lane's two references only
}

void Lane::hand_to_master(LaneProgram& program, void* const* slots, double* seconds, Work work) {
  std::unique_lock lock(mutex_);
  if (!master_.joinable()) master_ = std::thread([this] { master(); });
  job_ = {&program, slots, seconds, work};
  pending_ = true;
  done_ = false;
  changed_.notify_all();
  changed_.wait(lock, [this] { return done_; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Lane::master() {
  omp_set_num_threads(threads_);
  const FlushDenormals flush(flush_denormals_);

  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return pending_ || stop_; });
    if (stop_) return;
    pending_ = false;
    const Job job = job_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      job.work(*job.program, job.slots, job.seconds);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failure_ = failure;
    done_ = true;
    changed_.notify_all();
  }
}

}  // namespace quintet
