// How the kernels' benchmarks time a run.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

/// Median over what fits into 400 ms, at least five runs.
inline double median_microseconds(const std::function<void()>& run) {
  std::vector<double> times;
  const auto now = [] { return std::chrono::steady_clock::now(); };
  for (const auto end = now() + std::chrono::milliseconds(400); now() < end || times.size() < 5;) {
    const auto start = now();
    run();
    times.push_back(std::chrono::duration<double, std::micro>(now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}
