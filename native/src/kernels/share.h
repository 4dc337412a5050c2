// How the kernels divide their work among an OpenMP team.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace quintet {

/// Calls run(first, last, member) for equal shares of the units [0, units), one for each member of a team of at most `threads`, numbered
/// from 0; in the calling thread where one member does it all.
template <typename Run>
void share(int threads, int64_t units, Run&& run) {
  const int team = static_cast<int>(std::min<int64_t>(threads, units));
  if (team <= 1) {
    run(int64_t{0}, units, 0);
    return;
  }
#pragma omp parallel num_threads(team)
  {
    const int64_t member = omp_get_thread_num(), count = omp_get_num_threads();
    run(units * member / count, units * (member + 1) / count, static_cast<int>(member));
  }
}

}  // namespace quintet
