// Facts about the CPU: instruction set, caches, and how many threads this process may use.
#pragma once

#include <cstdint>
#include <string>

#include "quintet/model.h"

namespace quintet {

enum class Isa { kOther, kAvx2, kAvx512, kAvx512Bf16, kAmx };

/// What oneDNN may use here (ONEDNN_MAX_CPU_ISA lowers it).
Isa isa();
const char* isa_name();
/// Channels in a block of the activations' layout: a vector register of floats.
int channel_block();
/// What is computed instead where this CPU has nothing for a precision; empty where it has.
std::string precision_fallback(Precision precision);
int64_t cache_bytes(int level);    ///< data or unified cache of one core; 0 if unknown
std::string cpu_name();
int affinity_threads();
/// CPUs that the control group allows, rounded up; 0: no limit. Version 2 and 1.
int quota_threads();

}  // namespace quintet
