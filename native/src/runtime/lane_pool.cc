#include "runtime/lane_pool.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "quintet/error.h"

namespace quintet {

LanePool::LanePool(int lanes) : lanes_(lanes), flags_(std::make_unique<Flag[]>(lanes)) {}

int LanePool::try_any(int preferred) {
  for (int i = 0; i < lanes_; ++i) {
    const int lane = (preferred + i) % lanes_;
    bool free = false;
    if (!flags_[lane].busy.load(std::memory_order_relaxed) && flags_[lane].busy.compare_exchange_strong(free, true)) return lane;
  }
  return -1;
}

int LanePool::acquire(int preferred, int64_t timeout_ms) {
  if (waiting_.load() == 0) {
    const int lane = try_any(preferred);
    if (lane >= 0) return lane;
  }
  Waiter self;
  std::unique_lock lock(mutex_);
  queue_.push_back(&self);
  ++waiting_;                       // before the next look at the flags: a release that misses this waiter has freed its lane by then
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::max<int64_t>(timeout_ms, 0));
  int lane = -1;
  const auto my_turn = [&] { return queue_.front() == &self && (lane = try_any(preferred)) >= 0; };
  bool got = my_turn();
  while (!got) {
    if (timeout_ms < 0) {
      self.wake.wait(lock);
    } else if (self.wake.wait_until(lock, deadline) == std::cv_status::timeout) {
      got = my_turn();
      break;
    }
    got = my_turn();
  }
  queue_.erase(std::find(queue_.begin(), queue_.end(), &self));
  --waiting_;
  if (!queue_.empty()) queue_.front()->wake.notify_one();
  if (!got) throw Error(ErrorKind::kTimeout, "no lane became free within " + std::to_string(timeout_ms) + " ms; " + std::to_string(lanes_) + " are computing");
  return lane;
}

void LanePool::release(int lane) {
  flags_[lane].busy.store(false);
  if (waiting_.load() == 0) return;
  std::lock_guard lock(mutex_);
  if (!queue_.empty()) queue_.front()->wake.notify_one();
}

}  // namespace quintet
