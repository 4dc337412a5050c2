// Who computes what, and in which order, when callers are more than lanes.
#include "runtime/lane_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "quintet/error.h"

namespace quintet {
namespace {

constexpr int64_t kForever = -1;

/// Keeps the pool's only lane, or the first of several, until it is let go.
class Holder {
 public:
  explicit Holder(LanePool& pool, bool by_master = false)
      : thread_([&pool, by_master, this] {
          pool.run(
              [this](int) {
                holds_.count_down();
                let_go_.wait();
              },
              0, kForever, by_master);
        }) {
    holds_.wait();
  }
  ~Holder() {
    let_go();
    thread_.join();
  }
  void let_go() {
    if (!let_go_.try_wait()) let_go_.count_down();
  }

 private:
  std::latch holds_{1}, let_go_{1};
  std::thread thread_;
};

/// A caller in a thread of its own, which has entered run() when the constructor is done, or is about to.
std::thread caller(LanePool& pool, const std::function<void(int)>& work, bool by_master = false) {
  std::latch started{1};
  std::thread thread([&pool, &started, work, by_master] {
    started.count_down();
    pool.run(work, 0, kForever, by_master);
  });
  started.wait();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return thread;
}

/// Works that callers compute, and works that masters do.
class EveryLanePool : public testing::TestWithParam<bool> {
 protected:
  static bool by_master() { return GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(LanePool, EveryLanePool, testing::Bool(), [](const auto& info) { return info.param ? "WithMasters" : "OfCallers"; });

TEST_P(EveryLanePool, GivesTheLaneThatWasAskedFor) {
  LanePool pool(3, by_master());
  for (int wanted : {2, 0, 1}) EXPECT_EQ(pool.run([&](int lane) { EXPECT_EQ(lane, wanted); }, wanted, kForever, by_master()), wanted);
}

TEST_P(EveryLanePool, GivesAnotherLaneWhereTheOneAskedForComputes) {
  LanePool pool(2, by_master());
  Holder holder(pool, by_master());
  EXPECT_EQ(pool.run([](int) {}, 0, 0, by_master()), 1);
}

TEST_P(EveryLanePool, ServesThoseWhoWaitInTheirOrder) {
  LanePool pool(1, by_master());
  std::vector<int> order;               // only the lane's holder touches it
  std::vector<std::thread> callers;
  {
    Holder holder(pool, by_master());
    for (int i = 0; i < 5; ++i) callers.push_back(caller(pool, [&order, i](int) { order.push_back(i); }, by_master()));
    EXPECT_TRUE(order.empty());
  }
  for (std::thread& c : callers) c.join();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

TEST_P(EveryLanePool, ThrowsWhatAWorkThrowsWhereItWasAskedForWhoeverComputedIt) {
  LanePool pool(1, by_master());
  std::atomic<int> thrown{0}, fine{0};
  std::vector<std::thread> callers;
  {
    Holder holder(pool, by_master());
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&, i] {
        try {
          pool.run([i](int) { if (i % 2 == 0) throw std::runtime_error(std::to_string(i)); }, 0, kForever, by_master());
          if (i % 2 == 1) ++fine;
        } catch (const std::runtime_error& e) {
          if (e.what() == std::to_string(i)) ++thrown;
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  for (std::thread& c : callers) c.join();
  EXPECT_EQ(thrown, 2);
  EXPECT_EQ(fine, 2);
  EXPECT_EQ(pool.run([](int) {}, 0, 0, by_master()), 0);             // the lane is free again
}

TEST_P(EveryLanePool, EndsAWaitAtItsDeadlineAndForgetsTheWork) {
  LanePool pool(1, by_master());
  Holder holder(pool, by_master());
  for (int64_t ms : {0, 5}) {
    try {
      pool.run([](int) { ADD_FAILURE() << "nobody waits for this"; }, 0, ms, by_master());
      ADD_FAILURE() << "the lane was taken";
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::kTimeout);
      EXPECT_EQ(std::string(e.what()), "timeout|no lane became free within " + std::to_string(ms) + " ms; 1 are computing");
    }
  }
  std::thread last = caller(pool, [](int) {}, by_master());          // those who gave up do not hold up the next one
  holder.let_go();
  last.join();
}

TEST(LanePool, LongWorkIsNotKeptBySomeoneElsesCaller) {
  LanePool pool(1);
  std::thread::id first_id, second_id;
  std::thread first, second;
  {
    Holder holder(pool);
    std::this_thread::sleep_for(std::chrono::milliseconds(80));   // the holder's own work takes longer than it may serve others
    first = caller(pool, [&](int) { first_id = std::this_thread::get_id(); });
    second = caller(pool, [&](int) { second_id = std::this_thread::get_id(); });
  }
  const std::thread::id expected = first.get_id();
  first.join();
  second.join();
  EXPECT_EQ(first_id, expected);
}

TEST(LanePool, WhoHasADeadlineComputesHisOwnWorkOrNone) {
  constexpr int kCallers = 8, kRuns = 300;
  LanePool pool(2);
  std::atomic<int> for_others{0}, wrong{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < kCallers; ++c) {
    callers.emplace_back([&, hurried = c % 2 == 0] {
      thread_local bool in_hurry = false;
      in_hurry = hurried;
      const std::thread::id self = std::this_thread::get_id();
      for (int i = 0; i < kRuns; ++i) {
        int times = 0;
        bool late = false;
        try {
          pool.run(
              [&](int) {
                if (in_hurry && std::this_thread::get_id() != self) ++for_others;
                ++times;
                std::this_thread::sleep_for(std::chrono::microseconds(20));
              },
              0, hurried ? i % 2 : kForever);
        } catch (const Error&) {
          late = true;
        }
        if (times != (late ? 0 : 1) || (late && !hurried)) ++wrong;
      }
    });
  }
  for (std::thread& c : callers) c.join();              // that those without a deadline are woken by somebody shows here
  EXPECT_EQ(for_others, 0);
  EXPECT_EQ(wrong, 0);
}

TEST_P(EveryLanePool, AnswersThoseWhoWaitWhileOthersComeAgainAtOnce) {
  constexpr int kCallers = 6, kAnswers = 200;
  LanePool pool(1, by_master());
  std::atomic<int> satisfied{0};
  std::vector<int> runs(kCallers);
  std::vector<std::thread> callers;
  for (int c = 0; c < kCallers; ++c) {
    callers.emplace_back([&, c] {
      for (bool counted = false; satisfied < kCallers; counted = counted || (runs[c] == kAnswers && ++satisfied)) {
        pool.run([](int) { std::this_thread::sleep_for(std::chrono::microseconds(100)); }, 0, kForever, by_master());
        ++runs[c];
      }
    });
  }
  for (std::thread& c : callers) c.join();
  for (int count : runs) EXPECT_LT(count, 5 * kAnswers);
}

TEST_P(EveryLanePool, ComputesEveryWorkOnceAndNoTwoOnOneLane) {
  constexpr int kCallers = 16, kRuns = 500;
  for (int lanes : {1, 2, 3}) {
    LanePool pool(lanes, by_master());
    std::vector<std::atomic<int>> computing(lanes);
    std::atomic<int> together{0}, not_once{0};
    std::vector<std::thread> callers;
    for (int c = 0; c < kCallers; ++c) {
      callers.emplace_back([&] {
        int lane = 0;
        for (int i = 0; i < kRuns; ++i) {
          int times = 0;
          lane = pool.run(
              [&](int at) {
                if (++computing[at] != 1) ++together;
                ++times;
                std::this_thread::yield();               // so that the others come meanwhile
                --computing[at];
              },
              lane, i % 3 == 0 ? 10'000 : kForever, by_master());
          if (times != 1) ++not_once;
        }
      });
    }
    for (std::thread& c : callers) c.join();
    EXPECT_EQ(together, 0);
    EXPECT_EQ(not_once, 0);
  }
}

TEST_P(EveryLanePool, NeverKeepsACallerAloneWaiting) {
  LanePool pool(1, by_master());
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(pool.run([](int) {}, 0, 0, by_master()), 0);
}

TEST(LanePool, OneMasterComputesForEveryCallerAndCallersComputeWhatNeedsNone) {
  LanePool pool(1, true);
  std::vector<std::thread::id> computed_by;               // only the lane's holder touches it
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) callers.push_back(caller(pool, [&](int) { computed_by.push_back(std::this_thread::get_id()); }, true));
  for (std::thread& c : callers) c.join();
  ASSERT_EQ(computed_by.size(), 4u);
  for (const std::thread::id& id : computed_by) EXPECT_EQ(id, computed_by[0]);
  EXPECT_NE(computed_by[0], std::this_thread::get_id());
  std::thread::id small;
  pool.run([&](int) { small = std::this_thread::get_id(); }, 0, 0);
  EXPECT_EQ(small, std::this_thread::get_id());
}

}  // namespace
}  // namespace quintet
