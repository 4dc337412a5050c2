// Rounding to bfloat16. Static and always inline, so that *_isa.cc files, compiled once per instruction set, may share it.
#pragma once

#include <cstdint>

namespace quintet {

/// The bits of the nearest bfloat16, ties to even. Infinities and NaN stay such.
static inline __attribute__((always_inline)) uint16_t bfloat16_bits(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return static_cast<uint16_t>(value != value ? bits >> 16 | 64 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace quintet
