// How many threads OpenMP uses for what the calling thread starts.
#pragma once

#include <omp.h>

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

}  // namespace quintet
