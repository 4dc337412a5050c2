#include "runtime/lane.h"

#include <immintrin.h>

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

void Lane::run(const std::shared_ptr<const Plan>& plan, void* const* slots) {
  const TeamSize team(plan->team);
  const FlushDenormals flush(flush_denormals_);
  bound(plan).run(slots);
}

void Lane::run_timed(const std::shared_ptr<const Plan>& plan, void* const* slots, double* seconds) {
  const TeamSize team(plan->team);
  const FlushDenormals flush(flush_denormals_);
  bound(plan).run_timed(slots, seconds);
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

}  // namespace quintet
