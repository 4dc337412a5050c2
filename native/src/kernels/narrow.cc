#include "kernels/narrow.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu.h"
#include "kernels/narrow_kernels.h"

namespace quintet::narrow {
namespace {

constexpr int64_t kChannels = 256;   // what one thread does at a time

const Kernels& kernels() {
  static const Kernels table = kernel_isa() == KernelIsa::kAvx512 ? avx512::narrow_kernels() : avx2::narrow_kernels();
  return table;
}

template <typename Stored, typename Mean>
void each_part(const Stored* from, int64_t pictures, int64_t pixels, int64_t channels, float factor, float shift, float* to, Mean mean) {
  const int64_t parts = (channels + kChannels - 1) / kChannels;
#pragma omp parallel for schedule(static) if (pictures * parts > 1)
  for (int64_t i = 0; i < pictures * parts; ++i) {
    const int64_t picture = i / parts, first = i % parts * kChannels;
    mean(from + picture * pixels * channels + first, pixels, channels, std::min(kChannels, channels - first), factor, shift, to + picture * channels + first);
  }
}

}  // namespace

void concatenate(const void* const* parts, const int64_t* row_bytes, int count, int64_t rows, void* to) {
  int64_t whole = 0;
  for (int i = 0; i < count; ++i) whole += row_bytes[i];
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < rows; ++row) {
    char* at = static_cast<char*>(to) + row * whole;
    for (int i = 0; i < count; ++i) {
      std::memcpy(at, static_cast<const char*>(parts[i]) + row * row_bytes[i], static_cast<size_t>(row_bytes[i]));
      at += row_bytes[i];
    }
  }
}

void global_average(const uint8_t* from, int64_t pictures, int64_t pixels, int64_t channels, int zero, float scale, float* to) {
  each_part(from, pictures, pixels, channels, scale / static_cast<float>(pixels), -scale * static_cast<float>(zero), to, kernels().mean_of_bytes);
}

void global_average(const uint16_t* from, int64_t pictures, int64_t pixels, int64_t channels, float* to) {
  each_part(from, pictures, pixels, channels, 1.f / static_cast<float>(pixels), 0.f, to, kernels().mean_of_bfloats);
}

}  // namespace quintet::narrow
