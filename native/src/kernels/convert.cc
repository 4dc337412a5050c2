#include "kernels/convert.h"

#include <omp.h>

#include <algorithm>

#include "kernels/convert_kernels.h"
#include "kernels/cpu.h"
#include "kernels/share.h"
#include "quintet/error.h"

namespace quintet::convert {
namespace {

const Kernels& best_kernels(int64_t block) {
  if (!available()) throw Error(ErrorKind::kUnsupported, "conversion kernels need a CPU with AVX2, FMA and F16C");
  return kernel_isa() == KernelIsa::kAvx512 && block % 16 == 0 ? avx512::convert_kernels() : avx2::convert_kernels();
}

/// Calls run(picture, first pixel, pixels) for what every thread does.
template <typename Run>
void each_run(const Geometry& g, Run&& run) {
  share(omp_get_max_threads(), g.batch * g.pixels, [&](int64_t begin, int64_t end, int) {
    for (int64_t pixel = begin; pixel < end;) {
      const int64_t n = pixel / g.pixels, next = std::min(end, (n + 1) * g.pixels);
      run(n, pixel - n * g.pixels, next - pixel);
      pixel = next;
    }
  });
}

}  // namespace

bool available() { return kernel_isa() != KernelIsa::kNone; }

void to_bytes(const Geometry& g, const BlockedSource& from, float scale, int zero, uint8_t* to, const Kernels* kernels) {
  const auto kernel = (kernels != nullptr ? *kernels : best_kernels(g.block)).to_bytes;
  each_run(g, [&](int64_t n, int64_t first, int64_t count) {
    kernel({from.data + n * from.image_stride + first * g.block, to + (n * g.pixels + first) * g.channels, count, g.channels, g.block, from.block_stride, 1 / scale,
            static_cast<float>(zero)});
  });
}

void to_floats(const Geometry& g, const uint8_t* from, float scale, int zero, const BlockedTarget& to, const Kernels* kernels) {
  const auto kernel = (kernels != nullptr ? *kernels : best_kernels(g.block)).to_floats;
  each_run(g, [&](int64_t n, int64_t first, int64_t count) {
    kernel({from + (n * g.pixels + first) * g.channels, to.data + n * to.image_stride + first * g.block, count, g.channels, g.block, to.block_stride, scale,
            static_cast<float>(zero)});
  });
}

void to_blocks(const Geometry& g, const float* from, const BlockedTarget& to, const Kernels* kernels) {
  const auto kernel = (kernels != nullptr ? *kernels : best_kernels(g.block)).to_blocks;
  each_run(g, [&](int64_t n, int64_t first, int64_t count) {
    kernel({from + (n * g.pixels + first) * g.channels, to.data + n * to.image_stride + first * g.block, count, g.channels, g.block, to.block_stride, 1, 0});
  });
}

}  // namespace quintet::convert
