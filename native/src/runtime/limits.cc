#include "runtime/limits.h"

#include <algorithm>
#include <barrier>
#include <bit>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <sstream>
#include <thread>
#include <unordered_map>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/limits_kernels.h"
#include "runtime/memory.h"
#include "runtime/team.h"

namespace quintet {
namespace {

constexpr int64_t kLeastBytes = 64 << 10, kMostBytes = 128 << 20;
constexpr int64_t kUnit = 256;              // floats that the reading loop takes at a time, at least
constexpr int kRepeats = 5;                 // the best counts: a machine does not become faster by accident
constexpr double kRepeatMs = 15;

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

double multiply_plainly(int64_t rounds, float* result) {
  float sums[8] = {};
  for (int64_t round = 0; round < rounds; ++round) {
    for (float& sum : sums) sum += result[0] * result[1];
  }
  for (float sum : sums) result[2] += sum;
  return 16.0 * static_cast<double>(rounds);
}

float read_plainly(const float* data, int64_t count) {
  float sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += data[i];
  return sum;
}

limits::Loops loops() {
  switch (kernel_isa()) {
    case KernelIsa::kAvx512: return avx512::limit_loops();
    case KernelIsa::kAvx2: return avx2::limit_loops();
    case KernelIsa::kNone: break;
  }
  return {multiply_plainly, read_plainly};
}

/// `work(thread)` does some work on every thread at a time, and says how much; the best rate per millisecond of all together.
double best_rate(int threads, const std::function<double(int)>& work) {
  std::barrier together(threads);
  std::vector<double> done(threads);
  double best = 0;
  const auto body = [&](int thread) {
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
      together.arrive_and_wait();
      const auto start = Clock::now();
      done[thread] = 0;
      for (double ms = 0; ms < kRepeatMs; ms = milliseconds_since(start)) done[thread] += work(thread);
      done[thread] /= milliseconds_since(start);
      together.arrive_and_wait();
      if (thread == 0) {
        double sum = 0;
        for (double rate : done) sum += rate;
        best = std::max(best, sum);
      }
    }
  };
  // Threads of their own: the caller must not get a team that it keeps.
  std::vector<std::thread> team;
  for (int thread = 0; thread < threads; ++thread) team.emplace_back(body, thread);
  for (std::thread& t : team) t.join();
  return best;
}

double flops_per_ms(int threads) {
  const limits::Loops loop = loops();
  std::vector<std::vector<float>> results(threads, std::vector<float>(64, 0.f));
  return best_rate(threads, [&](int thread) { return loop.multiply(10'000, results[thread].data()); });
}

double bytes_per_ms(int threads, int64_t working_set) {
  const limits::Loops loop = loops();
  AlignedBuffer memory(static_cast<size_t>(working_set), "measuring how fast memory is read");
  std::fill_n(static_cast<float*>(memory.data()), working_set / 4, 1.f);   // pages never written would all be one
  const int64_t share = std::max(working_set / 4 / threads / kUnit, int64_t{1}) * kUnit;
  std::vector<float> sums(threads * 16, 0.f);
  return best_rate(threads, [&](int thread) {
    sums[thread * 16] += loop.read(static_cast<const float*>(memory.data()) + std::min(thread * share, working_set / 4 - share), share);
    return static_cast<double>(share) * 4;
  });
}

/// oneDNN's matrix product of bfloat16 or bytes, everything in L2: there is no simple loop for what tiles or VNNI can do. 0 where it has none.
double narrow_per_ms(int threads, dnnl::memory::data_type left, dnnl::memory::data_type right) {
  constexpr int64_t kSide = 256;
  using Tag = dnnl::memory::format_tag;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const TeamSize alone(1);
  const auto matrix = [&](dnnl::memory::data_type type, Tag tag) { return dnnl::memory::desc({kSide, kSide}, type, tag); };
  dnnl::matmul::primitive_desc description;
  try {
    description = dnnl::matmul::primitive_desc(engine, matrix(left, Tag::ab), matrix(right, Tag::any), matrix(dnnl::memory::data_type::f32, Tag::ab));
  } catch (const dnnl::error&) {
    return 0;
  }
  const dnnl::matmul product(description);
  struct Own {
    dnnl::stream stream;
    std::unordered_map<int, dnnl::memory> arguments;
  };
  std::vector<Own> own;
  for (int i = 0; i < threads; ++i) {
    own.push_back({dnnl::stream(engine), {{DNNL_ARG_SRC, {description.src_desc(), engine}}, {DNNL_ARG_WEIGHTS, {description.weights_desc(), engine}}, {DNNL_ARG_DST, {description.dst_desc(), engine}}}});
    for (auto& [argument, memory] : own.back().arguments) std::memset(memory.get_data_handle(), 0, memory.get_desc().get_size());
  }
  return best_rate(threads, [&](int thread) {
    const TeamSize one(1);
    product.execute(own[thread].stream, own[thread].arguments);
    return 2.0 * kSide * kSide * kSide;
  });
}

}  // namespace

double MachineLimits::rate(const std::string& precision) const {
  const double narrow = precision == "bf16" ? bf16_per_ms : precision == "int8" ? int8_per_ms : 0;
  return narrow > 0 ? narrow : flops_per_ms;
}

MachineLimits machine_limits(int threads, int64_t working_set, bool bf16, bool int8) {
  static std::mutex mutex;
  static std::map<int, double> multiplying, multiplying_bf16, multiplying_int8;
  static std::map<std::pair<int, int64_t>, double> reading;
  std::lock_guard lock(mutex);
  const auto bytes = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(std::clamp(working_set, kLeastBytes, kMostBytes))));
  if (!multiplying.contains(threads)) multiplying[threads] = flops_per_ms(threads);
  const std::pair key(threads, bytes);
  if (!reading.contains(key)) reading[key] = bytes_per_ms(threads, bytes);
  using Type = dnnl::memory::data_type;
  if (bf16 && !multiplying_bf16.contains(threads)) multiplying_bf16[threads] = narrow_per_ms(threads, Type::bf16, Type::bf16);
  if (int8 && !multiplying_int8.contains(threads)) multiplying_int8[threads] = narrow_per_ms(threads, Type::u8, Type::s8);
  return {threads, bytes, multiplying[threads], reading[key], bf16 ? multiplying_bf16[threads] : 0, int8 ? multiplying_int8[threads] : 0};
}

std::string to_json(const MachineLimits& limits) {
  std::stringstream json;
  json << "{\"threads\":" << limits.threads << ",\"gflops\":" << limits.flops_per_ms * 1e-6 << ",\"read_gb_per_second\":" << limits.bytes_per_ms * 1e-6
       << ",\"working_set_bytes\":" << limits.working_set;
  if (limits.bf16_per_ms > 0) json << ",\"bf16_gflops\":" << limits.bf16_per_ms * 1e-6;
  if (limits.int8_per_ms > 0) json << ",\"int8_gops\":" << limits.int8_per_ms * 1e-6;
  json << "}";
  return json.str();
}

}  // namespace quintet
