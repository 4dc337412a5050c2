// How the kernels that run on the calling thread's OpenMP team divide their work.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace quintet {

/// Calls run(first, last) for equal shares of [0, units), one for each thread of the team; at once where one thread does it all.
template <typename Run>
void share(int64_t units, Run&& run) {
  const int team = static_cast<int>(std::min<int64_t>(omp_get_max_threads(), units));
  if (team <= 1) {
    run(int64_t{0}, units);
    return;
  }
#pragma omp parallel num_threads(team)
  {
    const int64_t id = omp_get_thread_num(), count = omp_get_num_threads();
    run(units * id / count, units * (id + 1) / count);
  }
}

}  // namespace quintet
