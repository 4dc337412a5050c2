// How many threads OpenMP uses for what the calling thread starts.
#pragma once

#include <omp.h>

#include <exception>
#include <optional>
#include <thread>
#include <utility>

namespace quintet {

/// The calling thread's OpenMP team size, put back at the end: the caller may use OpenMP for something of its own.
class TeamSize {
 public:
  explicit TeamSize(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ~TeamSize() { omp_set_num_threads(before_); }
  TeamSize(const TeamSize&) = delete;
  TeamSize& operator=(const TeamSize&) = delete;

 private:
  int before_;
};

/// What `work` returns, called where OpenMP starts teams of so many threads: in a thread of its own, which ends with them. GNU's OpenMP
/// lets threads wait for the next parallel region by spinning only while no more of them live than there are processors; a team that a
/// caller left behind by compiling makes each region that a lane enters later cost twelve microseconds in place of one.
template <typename Work>
auto with_team(int threads, const Work& work) {
  if (threads == 1) {
    const TeamSize one(1);
    return work();
  }
  std::optional<decltype(work())> result;
  std::exception_ptr failure;
  std::thread([&] {
    omp_set_num_threads(threads);
    try {
      result.emplace(work());
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

}  // namespace quintet
