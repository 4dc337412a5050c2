#include "kernels/pool.h"

#include <omp.h>

#include <algorithm>

#include "kernels/cpu.h"
#include "kernels/pool_kernels.h"
#include "kernels/share.h"
#include "quintet/error.h"

namespace quintet::pool {
namespace {

const Kernels& best_kernels(int block) {
  if (!available()) throw Error(ErrorKind::kUnsupported, "pooling kernels need a CPU with AVX2, FMA and F16C");
  return kernel_isa() == KernelIsa::kAvx512 && block % 16 == 0 ? avx512::pool_kernels() : avx2::pool_kernels();
}

/// `kernels`, or the best where there are none.
const Kernels& table_of(const Kernels* kernels, int block) { return kernels != nullptr ? *kernels : best_kernels(block); }

constexpr int kAnyBlock = 16;      // channels-last: the widest vectors

/// The rows of the picture that the windows of output row y see: the first, and how many.
struct Rows {
  int64_t first, count;
  Rows(const Geometry& g, int64_t y) {
    const int64_t top = y * g.stride_y - g.pad_top;
    first = std::max<int64_t>(top, 0);
    count = std::min(top + g.kernel_height, g.height) - first;
  }
};

}  // namespace

bool available() { return kernel_isa() != KernelIsa::kNone; }

void blocked(const Geometry& g, Kind kind, int block, const BlockedSource& source, const BlockedTarget& target, const Kernels* kernels) {
  const Kernels& table = table_of(kernels, block);
  const auto row = kind == Kind::kMax ? table.maximum : kind == Kind::kSum ? table.sum : table.average;
  const int64_t blocks = g.channels / block;
  const int64_t pixel = source.pixel_stride != 0 ? source.pixel_stride : block, target_pixel = target.pixel_stride != 0 ? target.pixel_stride : block;
  share(omp_get_max_threads(), g.batch * blocks * g.out_height, [&](int64_t begin, int64_t end, int) {
    RowJob<float> job{nullptr, 0, g.width * pixel, g.width, block, pixel, g.kernel_width, g.stride_x, g.pad_left,
                      kind == Kind::kCountedAverage ? g.kernel_height * g.kernel_width : 0, nullptr, target_pixel, g.out_width};
    int64_t y = begin % g.out_height, b = begin / g.out_height % blocks, n = begin / g.out_height / blocks;
    for (int64_t unit = begin; unit < end; ++unit) {
      const Rows rows(g, y);
      job.rows = rows.count;
      job.source = source.data + n * source.image_stride + b * source.block_stride + rows.first * job.row_stride;
      job.target = target.data + n * target.image_stride + b * target.block_stride + y * g.out_width * target_pixel;
      for (int lane = 0; lane < block; lane += table.lanes, job.source += table.lanes, job.target += table.lanes) row(job);
      if (++y < g.out_height) continue;
      y = 0;
      if (++b == blocks) b = 0, ++n;
    }
  });
}

namespace {

/// Calls `row` for each row of the result of a picture that lies channels-last.
template <typename Number, typename Row>
void each_row(const Geometry& g, const Number* source, Number* target, const Row& row) {
  share(omp_get_max_threads(), g.batch * g.out_height, [&](int64_t begin, int64_t end, int) {
    for (int64_t unit = begin; unit < end; ++unit) {
      const Rows rows(g, unit % g.out_height);
      const int64_t first = unit / g.out_height * g.height + rows.first, row_stride = g.width * g.channels;
      row(RowJob<Number>{source + first * row_stride, rows.count, row_stride, g.width, g.channels, g.channels, g.kernel_width, g.stride_x, g.pad_left, 0,
                         target + unit * g.out_width * g.channels, g.channels, g.out_width});
    }
  });
}

}  // namespace

int64_t least_bfloats(const Kernels* kernels) { return 2 * table_of(kernels, kAnyBlock).lanes; }

void maximum_of_bfloats(const Geometry& g, const uint16_t* source, uint16_t* target, const Kernels* kernels) {
  const auto row = table_of(kernels, kAnyBlock).maximum_of_bfloats;
  const int64_t together = least_bfloats(kernels);
  each_row(g, source, target, [&](const RowJob<uint16_t>& all) {
    for (int64_t next = 0; next < g.channels; next += together) {
      RowJob<uint16_t> job = all;
      const int64_t c = std::min(next, g.channels - together);      // the last ones overlap those before
      job.source += c;
      job.target += c;
      row(job);
    }
  });
}

void maximum_of_bytes(const Geometry& g, const uint8_t* source, uint8_t* target, const Kernels* kernels) {
  each_row(g, source, target, table_of(kernels, kAnyBlock).maximum_of_bytes);
}

}  // namespace quintet::pool
