// What the kernels need to know of the CPU: which of the compiled instruction sets to use, how large the caches are, and how fast
// arithmetic is beside memory. Asked once per process.
#pragma once

#include <cstdint>

namespace quintet {

/// The instruction sets that *_isa.cc files are compiled for. kNone: not even AVX2, FMA and F16C, so no kernel of our own.
enum class KernelIsa { kNone, kAvx2, kAvx512 };

/// The best one that the CPU has and that oneDNN is allowed to use: ONEDNN_MAX_CPU_ISA lowers it.
KernelIsa kernel_isa();

/// Figures that the cost models weigh against each other, of one core. Rates are typical values for the kind of CPU, not
/// measured here: a choice that follows from them must be the same in every process.
struct CoreModel {
  KernelIsa isa;
  int lanes;                     ///< floats of a vector
  double flops_per_ns;           ///< multiplications and additions of float32, in registers
  int64_t l2_bytes;              ///< second-level cache, of one core
  int64_t l3_bytes;              ///< third-level cache, shared; what lies beyond is memory
  double l3_bytes_per_ns;        ///< streaming reads by one core
  double memory_bytes_per_ns;
  double team_ns;                ///< starting and joining a team of threads
  double bf16_flops_per_ns = 0;  ///< as flops_per_ns, of bfloat16, as oneDNN's convolutions reach it; 0: this CPU does not multiply it
  double int8_ops_per_ns = 0;    ///< the same of unsigned by signed bytes; 0: no AVX2
  double vnni_ops_per_ns = 0;    ///< the same as kernels of our own reach it with AVX512-VNNI; 0: none
  bool amx = false;              ///< oneDNN's narrow convolutions use tiles (AMX)
  bool halves = false;           ///< vectors of 16 lanes take the time of two of 8
  double bf16_pairs_per_ns = 0;  ///< as flops_per_ns, of the vectors' products of bfloat16 (AVX512-BF16); 0: none, or no faster than float32's
  double direct_efficiency = 0.94;   ///< share of flops_per_ns that oneDNN's float32 convolutions of stride 1 reach in a network

  /// Bytes a nanosecond that one core reads of so many in use by all cores: from the third-level cache if they stay in it.
  double bytes_per_ns(double bytes) const;
};

/// Time of computing and of reading what is computed with: the shorter of the two is hidden by the other but for a quarter.
double overlapped(double computing, double reading);

/// The model of this CPU, for kernel_isa().
const CoreModel& core_model();

}  // namespace quintet
