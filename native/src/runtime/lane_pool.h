// Who may compute: a fixed number of lanes, given out in order of arrival.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

namespace quintet {

/// Thread-safe. Without contention taking and giving back a lane is one atomic operation each; only waiters take the lock.
class LanePool {
 public:
  explicit LanePool(int lanes);

  int size() const { return lanes_; }
  /// A free lane, `preferred` if possible. timeout_ms < 0: waits as long as it takes. Throws Error kTimeout.
  int acquire(int preferred, int64_t timeout_ms);
  void release(int lane);

 private:
  struct alignas(64) Flag {
    std::atomic<bool> busy{false};
  };
  struct Waiter {
    std::condition_variable wake;
  };

  int try_any(int preferred);

  int lanes_;
  std::unique_ptr<Flag[]> flags_;
  std::atomic<int> waiting_{0};
  std::mutex mutex_;
  std::deque<Waiter*> queue_;
};

}  // namespace quintet
