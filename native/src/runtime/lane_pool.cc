#include "runtime/lane_pool.h"

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <thread>

#include "quintet/error.h"

namespace quintet {
namespace {

/// How long a caller may be kept from its answer by computing those of others.
constexpr std::chrono::milliseconds kServing{4};
/// Runs after a wait that end with the processor offered to others.
constexpr int kCrowdedRuns = 64;

#ifdef __SANITIZE_THREAD__
constexpr clockid_t kClock = CLOCK_REALTIME;                    // ThreadSanitizer does not know sem_clockwait
int wait_by_clock(sem_t& semaphore, const timespec& deadline) { return sem_timedwait(&semaphore, &deadline); }
#else
constexpr clockid_t kClock = CLOCK_MONOTONIC;
int wait_by_clock(sem_t& semaphore, const timespec& deadline) { return sem_clockwait(&semaphore, kClock, &deadline); }
#endif

/// Of kClock.
timespec deadline_after(int64_t ms) {
  timespec t;
  clock_gettime(kClock, &t);
  constexpr int64_t kLongest = int64_t{1} << 40;                // 35 years in milliseconds, lest seconds overflow
  const int64_t ns = t.tv_nsec + std::min(ms, kLongest) % 1000 * 1'000'000;
  t.tv_sec += std::min(ms, kLongest) / 1000 + ns / 1'000'000'000;
  t.tv_nsec = ns % 1'000'000'000;
  return t;
}

void wait(sem_t& semaphore) {
  while (sem_wait(&semaphore) != 0) {}                          // EINTR
}

bool wait_until(sem_t& semaphore, const timespec& deadline) {
  while (wait_by_clock(semaphore, deadline) != 0) {
    if (errno == ETIMEDOUT) return false;
  }
  return true;
}

}  // namespace

LanePool::LanePool(int lanes) : lanes_(lanes), flags_(std::make_unique<Flag[]>(lanes)) {}

int LanePool::run(const WorkReference& work, int preferred, int64_t timeout_ms) {
  if (waiting_.load() == 0) {
    const int lane = take_any(preferred);
    if (lane >= 0) {
      compute_here(work, lane);
      return lane;
    }
  }
  Waiter self(work);
  queue_up(self, preferred);
  if (timeout_ms < 0) {
    wait(self.ready);
  } else if (!wait_until(self.ready, deadline_after(timeout_ms))) {
    if (give_up(self)) throw Error(ErrorKind::kTimeout, "no lane became free within " + std::to_string(timeout_ms) + " ms; " + std::to_string(lanes_) + " are computing");
    wait(self.ready);
  }
  if (self.holds_lane) compute_here(work, self.lane);
  if (self.failure) std::rethrow_exception(self.failure);
  return self.lane;
}

bool LanePool::take(int lane) {
  bool free = false;
  return !flags_[lane].busy.load(std::memory_order_relaxed) && flags_[lane].busy.compare_exchange_strong(free, true);
}

int LanePool::take_any(int preferred) {
  for (int i = 0; i < lanes_; ++i) {
    const int lane = (preferred + i) % lanes_;
    if (take(lane)) return lane;
  }
  return -1;
}

void LanePool::compute_here(const WorkReference& work, int lane) {
  struct Leave {
    LanePool& pool;
    int lane;
    Clock::time_point began = Clock::now();
    ~Leave() { pool.leave(lane, began); }
  } leave{*this, lane};
  work.compute(lane);
}

void LanePool::leave(int lane, Clock::time_point began) {
  give_back(lane, began);
  // Where threads are more than processors, those woken would wait for this one's time slice to end.
  if (crowded_.load(std::memory_order_relaxed) > 0) {
    crowded_.fetch_sub(1, std::memory_order_relaxed);
    std::this_thread::yield();
  }
}

void LanePool::give_back(int lane, Clock::time_point began) {
  if (waiting_.load() == 0) {
    flags_[lane].busy.store(false);
    // Who began to wait in between may have found the lane taken. If it is taken by now, whoever has it serves him.
    if (waiting_.load() == 0 || !take(lane)) return;
  }
  serve(lane, Clock::now() - began);
}

void LanePool::serve(int lane, Clock::duration one_run) {
  const Clock::time_point last_start = Clock::now() + kServing - one_run;
  int turns = (waiting_.load() + lanes_ - 1) / lanes_;          // this lane's share of those who wait now
  while (Waiter* waiter = pop_or_free(lane)) {
    if (turns-- <= 0 || Clock::now() > last_start) {
      hand_over(lane, *waiter);
      return;
    }
    try {
      waiter->work.compute(lane);
    } catch (...) {
      waiter->failure = std::current_exception();
    }
    waiter->lane = lane;
    sem_post(&waiter->ready);
  }
}

void LanePool::queue_up(Waiter& self, int preferred) {
  crowded_.store(kCrowdedRuns, std::memory_order_relaxed);
  std::lock_guard lock(mutex_);
  *end_ = &self;
  end_ = &self.next;
  self.queued = true;
  ++waiting_;                                                   // before another look at the flags: a lane left without a look at the queue is free by then
  const int lane = take_any(preferred);
  if (lane >= 0) hand_over(lane, *pop());
}

bool LanePool::give_up(Waiter& self) {
  std::lock_guard lock(mutex_);
  const bool queued = self.queued;
  if (queued) remove(self);
  return queued;
}

LanePool::Waiter* LanePool::pop_or_free(int lane) {
  std::lock_guard lock(mutex_);
  Waiter* waiter = pop();
  if (waiter == nullptr) flags_[lane].busy.store(false);
  return waiter;
}

LanePool::Waiter* LanePool::pop() {
  Waiter* waiter = first_;
  if (waiter != nullptr) remove(*waiter);
  return waiter;
}

void LanePool::remove(Waiter& waiter) {
  Waiter** at = &first_;
  while (*at != &waiter) at = &(*at)->next;
  *at = waiter.next;
  if (waiter.next == nullptr) end_ = at;
  waiter.queued = false;
  --waiting_;
}

void LanePool::hand_over(int lane, Waiter& waiter) {
  waiter.lane = lane;
  waiter.holds_lane = true;
  sem_post(&waiter.ready);
}

}  // namespace quintet
