#include "kernels/cpu.h"

#include <cpuid.h>

#include <algorithm>
#include <fstream>
#include <string>

#include <oneapi/dnnl/dnnl.hpp>

namespace quintet {
namespace {

/// What oneDNN may use here includes all of this level: a set of bits, one a level.
bool includes(dnnl::cpu_isa level) {
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & static_cast<unsigned>(level)) == static_cast<unsigned>(level);
}

// Names that __builtin_cpu_supports does not know in every compiler.
bool has_f16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}

bool has_avx512_fp16() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & (1u << 23)) != 0;
}

KernelIsa find_isa() {
  if (!has_f16c()) return KernelIsa::kNone;
  if (includes(dnnl::cpu_isa::avx512_core) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return KernelIsa::kAvx512;
  }
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return includes(dnnl::cpu_isa::avx2) && avx2 ? KernelIsa::kAvx2 : KernelIsa::kNone;
}

/// The size of the cache of a level (2 and up: unified) as the kernel reports it. glibc's sysconf(_SC_LEVEL3_CACHE_SIZE) counts
/// the third-level caches of every die on some AMD CPUs.
int64_t cache_bytes(int level, int64_t otherwise) {
  const std::string path = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(level) + "/size";   // 0, 1: L1 data, code
  int64_t size = 0;
  char unit = 0;
  if (!(std::ifstream(path) >> size >> unit) || size <= 0) return otherwise;
  return unit == 'K' ? size << 10 : unit == 'M' ? size << 20 : otherwise;
}

/// AMX: what oneDNN's convolutions reach in whole networks, about a third of the tiles' own rate (and the vectors' bfloat16 is slower than
/// their float32 there). Zen 4: 90 to 95 % of its limit. Without VNNI a product of bytes takes three instructions for four times the numbers of a float32 product (Zen 3: 200 of 104).
void add_narrow_rates(CoreModel& model) {
  const bool amx = includes(dnnl::cpu_isa::avx512_core_amx), vnni = includes(dnnl::cpu_isa::avx512_core_vnni), avx2_vnni = includes(dnnl::cpu_isa::avx2_vnni);
  if (model.isa == KernelIsa::kNone) return;
  if (includes(dnnl::cpu_isa::avx512_core_bf16)) {
    model.bf16_flops_per_ns = amx ? 1000 : 0.9 * 2 * model.flops_per_ns;
    if (model.isa == KernelIsa::kAvx512 && !amx && __builtin_cpu_supports("avx512bf16")) model.bf16_pairs_per_ns = 2 * model.flops_per_ns;
  }
  model.amx = amx;
  const double by_vnni = 0.95 * 4 * model.flops_per_ns;
  if (model.isa == KernelIsa::kAvx512 && vnni && __builtin_cpu_supports("avx512vnni")) model.vnni_ops_per_ns = by_vnni;
  model.int8_ops_per_ns = amx ? 2000 : vnni || avx2_vnni ? by_vnni : 1.95 * model.flops_per_ns;
}

/// Figures measured on one CPU of each kind: Zen 3 for AVX2, Zen 4 for AVX-512 in two halves, Granite Rapids for full AVX-512.
CoreModel make_model() {
  CoreModel model{};
  model.isa = kernel_isa();
  model.l2_bytes = cache_bytes(2, 512 << 10);
  model.l3_bytes = cache_bytes(3, 8 << 20);
  model.team_ns = 1500;
  model.lanes = model.isa == KernelIsa::kAvx512 ? 16 : 8;
  // AVX512-FP16 came to servers with two full units of 512 bits and a distributed, slower third-level cache.
  const bool full = model.isa == KernelIsa::kAvx512 && has_avx512_fp16();
  model.halves = model.isa == KernelIsa::kAvx512 && !full;
  model.flops_per_ns = full ? 227 : model.isa == KernelIsa::kAvx512 ? 117 : 104;
  model.l3_bytes_per_ns = full ? 30 : 55;
  model.memory_bytes_per_ns = full ? 18 : 25;
  if (model.halves) model.direct_efficiency = 0.98;   // elsewhere 0.93 to 0.98 alone (Zen 3), 0.90 (Granite Rapids)
  add_narrow_rates(model);
  return model;
}

}  // namespace

double CoreModel::bytes_per_ns(double bytes) const { return bytes <= 0.8 * static_cast<double>(l3_bytes) ? l3_bytes_per_ns : memory_bytes_per_ns; }

double overlapped(double computing, double reading) {
  constexpr double kNotHidden = 0.25;   // fitted on Zen 3 over all schedules of VGG's layers; within 15 % of Granite Rapids' times
  return std::max(computing, reading) + kNotHidden * std::min(computing, reading);
}

KernelIsa kernel_isa() {
  static const KernelIsa isa = find_isa();
  return isa;
}

const CoreModel& core_model() {
  static const CoreModel model = make_model();
  return model;
}

}  // namespace quintet
