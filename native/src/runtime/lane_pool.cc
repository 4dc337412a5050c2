#include "runtime/lane_pool.h"

#include <algorithm>
#include <string>
#include <thread>

#include "quintet/error.h"
#include "runtime/futex.h"

namespace quintet {
namespace {

/// How long a caller may be kept from its answer by computing someone else's.
constexpr std::chrono::milliseconds kFavour{50};

timespec deadline_after(int64_t ms) {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  constexpr int64_t kLongest = int64_t{1} << 40;                // 35 years in milliseconds, lest seconds overflow
  const int64_t ns = t.tv_nsec + std::min(ms, kLongest) % 1000 * 1'000'000;
  t.tv_sec += std::min(ms, kLongest) / 1000 + ns / 1'000'000'000;
  t.tv_nsec = ns % 1'000'000'000;
  return t;
}

/// Calls something at the end of a scope.
template <typename Call>
struct AtEnd {
  Call call;
  ~AtEnd() { call(); }
};

}  // namespace

LanePool::LanePool(int lanes, bool teams) : lanes_(lanes), teams_(teams), flags_(std::make_unique<Flag[]>(lanes)) {}

LanePool::~LanePool() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& master : masters_) master.join();
}

int LanePool::run(const WorkReference& work, int preferred, int64_t timeout_ms, bool by_master) {
  if (by_master) start_masters();
  const int taken = competing_.load() == 0 ? take_any(preferred) : -1;
  if (taken >= 0 && !by_master) {
    const AtEnd release_it{[&] { release(taken); }};
    compute(work, taken);
    return taken;
  }
  Waiter self{work};
  self.lane = taken;
  const bool competes = taken < 0;
  if (competes) ++competing_;
  const AtEnd leave{[&] { if (competes) --competing_; }};
  if (competes && timeout_ms >= 0) self.deadline = deadline_after(timeout_ms);
  const int lane = teams_ ? wait_for_master(self) : compete(self, preferred);
  if (lane < 0) throw Error(ErrorKind::kTimeout, "no lane became free within " + std::to_string(timeout_ms) + " ms; " + std::to_string(lanes_) + " are computing");
  if (self.failure) std::rethrow_exception(self.failure);
  return lane;
}

void LanePool::compute(const WorkReference& work, int lane) {
  const auto began = std::chrono::steady_clock::now();
  const AtEnd note{[&] { last_run_.store(std::chrono::steady_clock::now() - began, std::memory_order_relaxed); }};
  work.compute(lane);
}

/// The lane that computed the work; -1: the deadline passed.
int LanePool::compete(Waiter& self, int preferred) {
  queue_up(self);
  bool late = false;                 // the deadline passed while somebody computed this work
  for (;;) {
    // Others on this processor go first: to return with an answer, or to compute, which spares this thread from falling asleep. Otherwise
    // they would wait for the end of its time slice, which is many runs of a small network.
    std::this_thread::yield();
    if (self.done()) return self.lane;
    if (compute_next(self, preferred) || doze(self, late)) continue;
    if (give_up(self)) return -1;
    late = true;
  }
}

/// Computes the work that waits longest; false if there is no lane, or nothing to be computed by this caller.
bool LanePool::compute_next(const Waiter& self, int preferred) {
  const int lane = take_any(preferred);
  if (lane < 0) return false;
  Waiter* waiter = pop(self);
  if (waiter != nullptr) {
    compute_for(*waiter, lane);
    answer(*waiter);
  }
  release(lane);
  return waiter != nullptr;
}

void LanePool::compute_for(Waiter& waiter, int lane) {
  try {
    compute(waiter.work, lane);
  } catch (...) {
    waiter.failure = std::current_exception();
  }
  waiter.lane = lane;
}

void LanePool::answer(Waiter& waiter) {
  if (waiter.state.exchange(kDone) == kAsleep) wake(waiter.state);
}

/// Sleeps until there is something to do; false if the deadline has passed, unless the caller knows (`late`): it would not sleep at all.
bool LanePool::doze(Waiter& self, bool late) {
  uint32_t state = kAwake;
  {
    std::lock_guard lock(mutex_);
    if (first_ == &self && any_free()) return true;
    if (!self.state.compare_exchange_strong(state, kAsleep)) return true;
  }
  const bool in_time = sleep_while(self.state, kAsleep, self.deadline && !late ? &*self.deadline : nullptr);
  state = kAsleep;
  self.state.compare_exchange_strong(state, kAwake);
  return in_time;
}

/// As compete.
int LanePool::wait_for_master(Waiter& self) {
  start_masters();
  queue_up(self);
  uint32_t awake = kAwake;
  self.state.compare_exchange_strong(awake, kAsleep);
  while (!self.done()) {
    if (sleep_while(self.state, kAsleep, self.deadline ? &*self.deadline : nullptr)) continue;
    if (give_up(self)) return -1;
    self.deadline.reset();   // a master computes it already: sleep on, for a passed deadline would let this thread spin
  }
  return self.lane;
}

void LanePool::start_masters() {
  std::call_once(started_, [this] {
    while (static_cast<int>(masters_.size()) < lanes_) masters_.emplace_back([this] { serve(); });
  });
}

/// What a master does: the works in their order, as long as there is a lane for the first.
void LanePool::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    int lane = -1;
    changed_.wait(lock, [&] { return stop_ || (first_ != nullptr && (lane = first_->lane >= 0 ? first_->lane : take_any(0)) >= 0); });
    if (stop_) return;
    Waiter& waiter = *first_;
    remove(waiter);
    lock.unlock();
    compute_for(waiter, lane);
    flags_[lane].busy.store(false);     // before the answer: a caller alone finds the lane free when he comes again
    answer(waiter);
    lock.lock();
  }
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

bool LanePool::any_free() const {
  return std::any_of(&flags_[0], &flags_[lanes_], [](const Flag& flag) { return !flag.busy.load(); });
}

void LanePool::release(int lane) {
  flags_[lane].busy.store(false);
  if (competing_.load() == 0) return;                           // who comes in between finds the lane free
  std::lock_guard lock(mutex_);
  rouse_first();
}

void LanePool::queue_up(Waiter& self) {
  std::lock_guard lock(mutex_);
  if (self.lane >= 0) {              // who has a lane waits for none, and others may be waiting for this one
    self.next = first_;
    if (first_ == nullptr) end_ = &self.next;
    first_ = &self;
  } else {
    *end_ = &self;
    end_ = &self.next;
  }
  self.queued = true;
  if (teams_) changed_.notify_one();
}

bool LanePool::give_up(Waiter& self) {
  std::lock_guard lock(mutex_);
  if (!self.queued) return false;
  remove(self);
  rouse_first();
  return true;
}

/// The first of the queue, for this caller to compute. One with a deadline has no time for others, nor has any where runs are long.
LanePool::Waiter* LanePool::pop(const Waiter& self) {
  std::lock_guard lock(mutex_);
  Waiter* waiter = first_;
  if (waiter == nullptr) return nullptr;
  if (waiter != &self && (self.deadline || last_run_.load(std::memory_order_relaxed) > kFavour)) return nullptr;
  remove(*waiter);
  rouse_first();
  return waiter;
}

void LanePool::remove(Waiter& waiter) {
  Waiter** at = &first_;
  while (*at != &waiter) at = &(*at)->next;
  *at = waiter.next;
  if (waiter.next == nullptr) end_ = at;
  waiter.queued = false;
}

void LanePool::rouse_first() {
  if (teams_) return changed_.notify_one();
  uint32_t asleep = kAsleep;
  if (first_ != nullptr && any_free() && first_->state.compare_exchange_strong(asleep, kAwake)) wake(first_->state);
}

}  // namespace quintet
