#include "runtime/cpu.h"

#include <cpuid.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <oneapi/dnnl/dnnl.hpp>
#include <sstream>

#include "kernels/cpu.h"
#include "quintet/model.h"

namespace quintet {
namespace {

/// The process's group in the version 2 hierarchy ("0::/path" in /proc/self/cgroup), or of version 1's cpu controller.
std::string cgroup_path(const std::string& controller) {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    std::stringstream names(line.substr(first + 1, second - first - 1));
    if (controller.empty() && second == first + 1) return line.substr(second + 1);
    for (std::string name; std::getline(names, name, ',');) {
      if (!controller.empty() && name == controller) return line.substr(second + 1);
    }
  }
  return "";
}

/// quota / period, or 0 where there is none.
double version2_limit(const std::string& folder) {
  std::ifstream in(folder + "/cpu.max");
  std::string quota;
  double period = 0;
  if (!(in >> quota >> period) || quota == "max" || period <= 0) return 0;
  return std::strtod(quota.c_str(), nullptr) / period;
}

double version1_limit(const std::string& folder) {
  double quota = 0, period = 0;
  std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
  std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  return quota > 0 && period > 0 ? quota / period : 0;
}

/// The smallest limit of a group and all above it. In a container the group's own folder is mounted as the root.
template <typename Limit>
double smallest_limit(const std::string& root, std::string path, Limit limit) {
  double smallest = 0;
  for (;;) {
    const double here = limit(root + path);
    if (here > 0 && (smallest == 0 || here < smallest)) smallest = here;
    if (path.empty() || path == "/") break;
    path = path.substr(0, path.rfind('/'));
  }
  return smallest;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

const char* bf16_unit() { return isa() == Isa::kAmx ? "amx" : "avx512_bf16"; }

const char* int8_unit() {
  if (isa() == Isa::kAmx) return "amx";
  const auto effective = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto has = [&](dnnl::cpu_isa level) { return (effective & static_cast<unsigned>(level)) == static_cast<unsigned>(level); };
  if (has(dnnl::cpu_isa::avx512_core_vnni) || has(dnnl::cpu_isa::avx2_vnni)) return "vnni";
  return core_model().int8_ops_per_ns > 0 ? "pairs of products in 16 bits" : "none";
}

}  // namespace

Isa isa() {
  static const Isa best = [] {
    const auto has = [](dnnl::cpu_isa wanted) { return (static_cast<int>(dnnl::get_effective_cpu_isa()) & static_cast<int>(wanted)) == static_cast<int>(wanted); };
    if (has(dnnl::cpu_isa::avx512_core_amx)) return Isa::kAmx;
    if (has(dnnl::cpu_isa::avx512_core_bf16)) return Isa::kAvx512Bf16;
    if (has(dnnl::cpu_isa::avx512_core)) return Isa::kAvx512;
    return has(dnnl::cpu_isa::avx2) ? Isa::kAvx2 : Isa::kOther;
  }();
  return best;
}

const char* isa_name() {
  switch (isa()) {
    case Isa::kAmx: return "amx";
    case Isa::kAvx512Bf16: return "avx512_bf16";
    case Isa::kAvx512: return "avx512";
    case Isa::kAvx2: return "avx2";
    case Isa::kOther: break;
  }
  return "baseline";
}

int channel_block() { return isa() >= Isa::kAvx512 ? 16 : 8; }

int64_t cache_bytes(int level) {
  const int name = level == 1 ? _SC_LEVEL1_DCACHE_SIZE : level == 2 ? _SC_LEVEL2_CACHE_SIZE : _SC_LEVEL3_CACHE_SIZE;
  return std::max<int64_t>(0, sysconf(name));
}

std::string cpu_name() {
  unsigned words[12];
  if (__get_cpuid_max(0x80000000, nullptr) < 0x80000004) return "unknown";
  for (unsigned i = 0; i < 3; ++i) __get_cpuid(0x80000002 + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2], &words[4 * i + 3]);
  char text[49] = {};
  std::memcpy(text, words, 48);
  std::string name(text);
  name.erase(name.find_last_not_of(' ') + 1);
  return name;
}

std::string cpu_key() {
  unsigned a = 0, b = 0, c = 0, d = 0, features[6] = {};
  __get_cpuid(1, &a, &b, &c, &d);
  features[0] = c;
  features[1] = d;
  const unsigned signature = a;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) std::copy_n(std::array{b, c, d}.begin(), 3, features + 2);
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) features[5] = a;
  std::stringstream key;
  key << cpu_name() << " signature " << std::hex << signature << " features";
  for (unsigned f : features) key << ' ' << f;
  key << std::dec << " isa " << isa_name() << " l2 " << cache_bytes(2) << " l3 " << cache_bytes(3);
  return key.str();
}

int affinity_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max<int>(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
}

int quota_threads() {
  double limit = smallest_limit("/sys/fs/cgroup", cgroup_path(""), version2_limit);
  if (limit == 0) limit = version2_limit("/sys/fs/cgroup");
  if (limit == 0) limit = smallest_limit("/sys/fs/cgroup/cpu", cgroup_path("cpu"), version1_limit);
  return limit > 0 ? std::max(1, static_cast<int>(std::ceil(limit))) : 0;
}

int allowed_threads() {
  const int quota = quota_threads(), cpus = affinity_threads();
  return quota > 0 ? std::min(quota, cpus) : cpus;
}

std::string precision_fallback(Precision precision) {
  if (precision == Precision::kBf16 && core_model().bf16_flops_per_ns == 0) {
    return "this CPU does not multiply bfloat16: float32 arithmetic, dense layers read float16 weights";
  }
  if (precision == Precision::kInt8 && core_model().int8_ops_per_ns == 0) return "this CPU has no AVX2: float32 arithmetic";
  return "";
}

std::string cpu_report() {
  const bool bf16 = core_model().bf16_flops_per_ns > 0;
  const auto* version = dnnl_version();
  std::stringstream json;
  json << "{\"cpu\":" << quoted(cpu_name()) << ",\"isa\":\"" << isa_name() << "\",\"amx\":" << (isa() == Isa::kAmx ? "true" : "false")
       << ",\"channel_block\":" << channel_block() << ",\"caches\":{\"l1d\":" << cache_bytes(1) << ",\"l2\":" << cache_bytes(2) << ",\"l3\":" << cache_bytes(3)
       << "},\"bf16\":\"" << (bf16 ? bf16_unit() : "none") << "\",\"bf16_fallback\":" << quoted(precision_fallback(Precision::kBf16)) << ",\"int8\":\"" << int8_unit() << "\",\"affinity\":" << affinity_threads() << ",\"quota\":" << quota_threads() << ",\"threads\":" << allowed_threads() << ",\"onednn\":\"" << version->major << '.'
       << version->minor << '.' << version->patch << "\"}";
  return json.str();
}

}  // namespace quintet
