// Who may compute: a fixed number of lanes, given out in order of arrival.
#pragma once

#include <time.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace quintet {

/// Thread-safe. Without contention a run is one atomic operation before and one after the work; only who has to wait takes the lock.
///
/// A lane is nobody's: whichever caller has a processor and finds one free computes the work that has waited longest, his own or not, and
/// then offers the processor to the others before he looks again. So no lane waits for a thread to wake up, which takes as long as a small
/// network's run, nor for one that is awake but without a processor; and those who were answered get the processor to return. (A kin of
/// flat combining: Hendler, Incze, Shavit and Tzafrir, SPAA 2010.)
///
/// Where works start teams of threads, each lane has a thread of its own, the master of its team, which goes from one work to the next while
/// callers sleep: one thread keeps one OpenMP team, however many callers come, and it needs the processors more than they do.
class LanePool {
 public:
  /// `teams`: there may be works for a master.
  explicit LanePool(int lanes, bool teams = false);
  /// Nobody may be in run() any more.
  ~LanePool();

  int size() const { return lanes_; }
  /// Calls work(lane) once, in this thread or another one, on lane `preferred` if that is free; returns the lane. What the work throws is
  /// thrown here. timeout_ms < 0: waits as long as it takes; otherwise throws Error kTimeout where it has not begun by then. `by_master`: not
  /// in this thread, for the work starts a team.
  template <typename Work>
  int run(const Work& work, int preferred, int64_t timeout_ms, bool by_master = false) {
    return run({&work, [](const void* self, int lane) { (*static_cast<const Work*>(self))(lane); }}, preferred, timeout_ms, by_master);
  }

 private:
  /// A caller's work, kept by it until run() returns.
  struct WorkReference {
    const void* self;
    void (*call)(const void* self, int lane);
    void compute(int lane) const { call(self, lane); }
  };
  struct alignas(64) Flag {
    std::atomic<bool> busy{false};
  };
  enum State : uint32_t { kAwake, kAsleep, kDone };
  struct Waiter {
    bool done() const { return state.load() == kDone; }

    WorkReference work;
    std::optional<timespec> deadline{};
    Waiter* next = nullptr;
    bool queued = false;                    // this and `next` belong to mutex_; what follows to whoever took this from the queue
    int lane = -1;                          // that computed it; before that, one that is taken for it
    std::exception_ptr failure{};
    std::atomic<uint32_t> state{kAwake};    // kDone comes last: this is gone soon after
  };

  int run(const WorkReference& work, int preferred, int64_t timeout_ms, bool by_master);
  void compute(const WorkReference& work, int lane);
  int compete(Waiter& self, int preferred);
  bool compute_next(const Waiter& self, int preferred);
  void compute_for(Waiter& waiter, int lane);
  void answer(Waiter& waiter);
  bool doze(Waiter& self, bool late);
  int wait_for_master(Waiter& self);
  void start_masters();
  void serve();

  bool take(int lane);
  int take_any(int preferred);
  bool any_free() const;
  void release(int lane);

  void queue_up(Waiter& self);
  bool give_up(Waiter& self);
  Waiter* pop(const Waiter& self);
  void remove(Waiter& waiter);
  void rouse_first();

  int lanes_;
  bool teams_;
  std::unique_ptr<Flag[]> flags_;
  std::atomic<int> competing_{0};           // callers that wait, or were answered and have not returned
  std::atomic<std::chrono::nanoseconds> last_run_{std::chrono::nanoseconds::zero()};
  std::mutex mutex_;                        // of the queue below. While a lane is free, its first is awake
  Waiter* first_ = nullptr;
  Waiter** end_ = &first_;
  std::once_flag started_;
  std::vector<std::thread> masters_;        // as many as lanes, from the first work for them on; each computes on any
  std::condition_variable changed_;         // for them
  bool stop_ = false;
};

}  // namespace quintet
