// Sums over pixels of channels-last values, a vector of channels at a time; the last few channels one by one.
#include "kernels/narrow_kernels.h"
#include "kernels/simd.h"

namespace quintet::QUINTET_ISA {
namespace {

struct Byte {
  typedef uint8_t Stored;
  typedef WordLanes Sum;                 // exact: pictures of less than 2^23 pixels
  typedef int32_t OneSum;
  QUINTET_INLINE WordLanes read(const uint8_t* from) { return load_uint8(from); }
  QUINTET_INLINE int32_t read_one(const uint8_t* from) { return *from; }
  QUINTET_INLINE Vec to_floats(WordLanes sum) { return __builtin_convertvector(sum, Vec); }
};

struct Bfloat {
  typedef uint16_t Stored;
  typedef Vec Sum;
  typedef float OneSum;
  QUINTET_INLINE Vec read(const uint16_t* from) { return load_bfloat16(from); }
  QUINTET_INLINE float read_one(const uint16_t* from) {
    const uint32_t bits = static_cast<uint32_t>(*from) << 16;
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
  }
  QUINTET_INLINE Vec to_floats(Vec sum) { return sum; }
};

template <typename Number>
void mean(const typename Number::Stored* from, int64_t pixels, int64_t channels, int64_t count, float factor, float shift, float* to) {
  int64_t c = 0;
  for (; c + kLanes <= count; c += kLanes) {
    typename Number::Sum sum{};
    for (int64_t p = 0; p < pixels; ++p) sum += Number::read(from + p * channels + c);
    store(to + c, fma(Number::to_floats(sum), broadcast(factor), broadcast(shift)));
  }
  for (; c < count; ++c) {
    typename Number::OneSum sum = 0;
    for (int64_t p = 0; p < pixels; ++p) sum += Number::read_one(from + p * channels + c);
    to[c] = __builtin_fmaf(static_cast<float>(sum), factor, shift);
  }
}

}  // namespace

narrow::Kernels narrow_kernels() { return {&mean<Byte>, &mean<Bfloat>}; }

}  // namespace quintet::QUINTET_ISA
