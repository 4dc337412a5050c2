// Who may compute: a fixed number of lanes, given out in order of arrival.
#pragma once

#include <semaphore.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>

namespace quintet {

/// Thread-safe. Without contention a run is one atomic operation before and one after the work; only who waits takes the lock.
///
/// Waking a thread takes as long as a small network's run, and its lane would rest meanwhile. Who has finished its own work therefore
/// computes that of callers that wait, in their order and for a moment only, and wakes them with their answers; then the lane goes to the
/// first that still waits. (Flat combining: Hendler, Incze, Shavit and Tzafrir, SPAA 2010.)
class LanePool {
 public:
  explicit LanePool(int lanes);

  int size() const { return lanes_; }
  /// Calls work(lane) once, in this thread or another one, on lane `preferred` if that is free; returns the lane. What the work throws is
  /// thrown here. timeout_ms < 0: waits as long as it takes; otherwise throws Error kTimeout where it has not begun by then.
  template <typename Work>
  int run(const Work& work, int preferred, int64_t timeout_ms) {
    return run({&work, [](const void* self, int lane) { (*static_cast<const Work*>(self))(lane); }}, preferred, timeout_ms);
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// A caller's work, kept by it until run() returns.
  struct WorkReference {
    const void* self;
    void (*call)(const void* self, int lane);
    void compute(int lane) const { call(self, lane); }
  };
  struct alignas(64) Flag {
    std::atomic<bool> busy{false};
  };
  struct Waiter {
    explicit Waiter(const WorkReference& work) : work(work) { sem_init(&ready, 0, 0); }
    ~Waiter() { sem_destroy(&ready); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    WorkReference work;
    Waiter* next = nullptr;
    bool queued = false;              // this and `next` belong to mutex_; the rest to whoever took this from the queue, until it posts
    int lane = -1;
    bool holds_lane = false;          // and has to do its work itself; otherwise that is done
    std::exception_ptr failure;
    sem_t ready;                      // unlike a condition variable it may be destroyed as soon as it was waited for
  };

  int run(const WorkReference& work, int preferred, int64_t timeout_ms);
  bool take(int lane);
  int take_any(int preferred);
  void compute_here(const WorkReference& work, int lane);
  void leave(int lane, Clock::time_point began);
  void give_back(int lane, Clock::time_point began);
  void serve(int lane, Clock::duration one_run);
  void queue_up(Waiter& self, int preferred);
  bool give_up(Waiter& self);
  Waiter* pop_or_free(int lane);
  Waiter* pop();
  void remove(Waiter& waiter);
  static void hand_over(int lane, Waiter& waiter);

  int lanes_;
  std::unique_ptr<Flag[]> flags_;
  std::atomic<int> waiting_{0};     // length of the queue
  std::atomic<int> crowded_{0};
  std::mutex mutex_;                // of the queue below
  Waiter* first_ = nullptr;
  Waiter** end_ = &first_;
};

}  // namespace quintet
