#include "kernels/planar.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "kernels/cpu.h"
#include "kernels/planar_kernels.h"
#include "kernels/rounding.h"
#include "kernels/share.h"
#include "quintet/error.h"

namespace quintet {
namespace {

constexpr int64_t kBandBytes = 24 << 10;   // of the source's rows that a band reads: they stay in the first-level cache beside a panel
constexpr int64_t kMostBandRows = 8;

/// Where the last of 16 lanes' vectors would be half empty, 8 lanes, if they are as fast.
const planar::Kernels& best_kernels(const PlanarShape& shape) {
  if (kernel_isa() == KernelIsa::kNone) throw Error(ErrorKind::kUnsupported, "planar convolution kernels need a CPU with AVX2, FMA and F16C");
  const bool half_empty = shape.out_channels % 16 != 0 && shape.out_channels % 16 <= 8;
  return kernel_isa() == KernelIsa::kAvx512 && !(core_model().halves && half_empty) ? avx512::planar_kernels() : avx2::planar_kernels();
}

}  // namespace

struct PlanarConvolution::Call {
  const float* source;
  int64_t image_stride;
  const float* packed;
  const float* bias;
  Finish finish;
  BlockedTarget target;
};

PlanarConvolution::PlanarConvolution(const PlanarShape& shape, int threads, const planar::Kernels* kernels)
    : shape_(shape), threads_(threads), kernels_(kernels != nullptr ? kernels : &best_kernels(shape)) {
  if (shape.block % kernels_->lanes != 0) throw Error(ErrorKind::kUnsupported, "no planar convolution kernel for channel blocks of " + std::to_string(shape.block));
  vectors_ = ceil_div(shape.out_channels, kernels_->lanes);
  const int64_t read_width = (shape.out_width - 1) * shape.stride_x + shape.kernel_width, read_height = (shape.out_height - 1) * shape.stride_y + shape.kernel_height;
  padded_ = shape.pad_top > 0 || shape.pad_left > 0 || read_width > shape.width || read_height > shape.height;
  source_width_ = std::max(shape.width + shape.pad_left, read_width);
  const int64_t row_bytes = planes() * pixel() * source_width_ * static_cast<int64_t>(sizeof(float));
  const int64_t fitting = (kBandBytes / row_bytes - shape.kernel_height) / shape.stride_y + 1;
  const int64_t rows = std::clamp<int64_t>(fitting, 1, kMostBandRows);
  bands_ = ceil_div(shape.out_height, rows);
  const int64_t parts = bands_ * shape.batch;
  if (parts % threads != 0 && parts < 8 * threads) bands_ = round_up(bands_, threads);   // equal shares, where it matters
  band_rows_ = ceil_div(shape.out_height, bands_);
  bands_ = ceil_div(shape.out_height, band_rows_);
  source_rows_ = (band_rows_ - 1) * shape.stride_y + shape.kernel_height;
}

bool PlanarConvolution::available(int block) { return kernel_isa() == KernelIsa::kAvx2 || (kernel_isa() == KernelIsa::kAvx512 && block == 16); }

size_t PlanarConvolution::packed_weight_floats() const {
  return static_cast<size_t>(vectors_ * kernels_->lanes * shape_.in_channels * shape_.kernel_height * shape_.kernel_width);
}

void PlanarConvolution::pack(const float* oihw, float* packed) const {
  const int64_t taps = shape_.in_channels * shape_.kernel_height * shape_.kernel_width, lanes = kernels_->lanes;
  std::memset(packed, 0, packed_weight_floats() * sizeof(float));
  for (int64_t o = 0; o < shape_.out_channels; ++o) {
    const int64_t vector = o / lanes, panel = vector / 2, width = std::min<int64_t>(2, vectors_ - 2 * panel);
    float* to = packed + panel * 2 * lanes * taps + vector % 2 * lanes + o % lanes;
    for (int64_t t = 0; t < taps; ++t) to[t * width * lanes] = oihw[o * taps + t];
  }
}

size_t PlanarConvolution::scratch_bytes() const { return padded_ ? static_cast<size_t>(threads_ * round_up(planes() * plane_floats(), 16)) * sizeof(float) : 0; }

void PlanarConvolution::run(const float* source, int64_t image_stride, const float* packed, const float* bias, Finish finish, const BlockedTarget& target,
                            void* scratch) const {
  const Call call{source, image_stride, packed, bias, finish, target};
  const int64_t units = bands_ * shape_.batch, rows_stride = padded_ ? round_up(planes() * plane_floats(), 16) : 0;
  share(threads_, units, [&](int64_t first, int64_t last, int member) {
    float* rows = static_cast<float*>(scratch) + member * rows_stride;
    for (int64_t unit = first; unit < last; ++unit) run_band(call, unit, rows);
  });
}

void PlanarConvolution::run_band(const Call& call, int64_t unit, float* rows) const {
  const int64_t image = unit / bands_, first = unit % bands_ * band_rows_, count = std::min(band_rows_, shape_.out_height - first);
  const float* source = call.source + image * call.image_stride;
  const int64_t lanes = kernels_->lanes, taps = shape_.in_channels * shape_.kernel_height * shape_.kernel_width;
  const int64_t pixel_stride = call.target.pixel_stride != 0 ? call.target.pixel_stride : shape_.block;
  planar::RowJob job{};
  if (padded_) {
    gather_rows(source, first * shape_.stride_y - shape_.pad_top, (count - 1) * shape_.stride_y + shape_.kernel_height, rows);
    source = rows;
    job.channel_stride = plane_floats();
    job.row_stride = source_width_ * pixel();
  } else {
    job.channel_stride = shape_.height * shape_.width;
    job.row_stride = shape_.width * pixel();
    source += first * shape_.stride_y * job.row_stride;
  }
  if (shape_.source_block != 0) job.channel_stride = 1;
  job.channels = shape_.in_channels;
  job.kernel_height = shape_.kernel_height, job.kernel_width = shape_.kernel_width;
  job.tap_stride = pixel(), job.step = shape_.stride_x * pixel();
  job.finish = call.finish;
  job.pixel_stride = pixel_stride, job.width = shape_.out_width;
  for (int64_t vector = 0; vector < vectors_; vector += 2) {
    const int64_t in_panel = std::min<int64_t>(2, vectors_ - vector);
    job.weights = call.packed + vector * lanes * taps;
    if (call.bias != nullptr) job.bias = call.bias + vector * lanes;
    job.outputs = shape_.out_channels - vector * lanes;
    for (int64_t y = 0; y < count; ++y) {
      job.source = source + y * shape_.stride_y * job.row_stride;
      for (int64_t v = 0; v < in_panel; ++v) {
        const int64_t channel = (vector + v) * lanes;
        job.target[v] = call.target.data + image * call.target.image_stride + channel / shape_.block * call.target.block_stride +
                        (first + y) * shape_.out_width * pixel_stride + channel % shape_.block;
      }
      kernels_->row[in_panel - 1](job);
    }
  }
  if (vectors_ * lanes % shape_.block != 0) clear_rest(call, image, first, count, pixel_stride);
}

/// Makes zeros of the last block's channels behind the last vector, in `count` rows of the target.
void PlanarConvolution::clear_rest(const Call& call, int64_t image, int64_t first, int64_t count, int64_t pixel_stride) const {
  const int64_t channel = vectors_ * kernels_->lanes, rest = round_up(channel, shape_.block) - channel;
  float* to = call.target.data + image * call.target.image_stride + channel / shape_.block * call.target.block_stride + first * shape_.out_width * pixel_stride +
              channel % shape_.block;
  for (int64_t pixel = 0; pixel < count * shape_.out_width; ++pixel, to += pixel_stride) std::memset(to, 0, static_cast<size_t>(rest) * sizeof(float));
}

/// Rows [first_row, first_row + count) of every plane with the padding around them.
void PlanarConvolution::gather_rows(const float* picture, int64_t first_row, int64_t count, float* rows) const {
  const int64_t row_floats = source_width_ * pixel(), before = shape_.pad_left * pixel(), inside = shape_.width * pixel();
  for (int64_t plane = 0; plane < planes(); ++plane) {
    for (int64_t y = 0; y < count; ++y) {
      float* to = rows + plane * plane_floats() + y * row_floats;
      const int64_t row = first_row + y;
      if (row < 0 || row >= shape_.height) {
        std::fill_n(to, row_floats, 0.0f);
        continue;
      }
      std::fill_n(to, before, 0.0f);
      std::copy_n(picture + (plane * shape_.height + row) * inside, inside, to + before);
      std::fill(to + before + inside, to + row_floats, 0.0f);
    }
  }
}

}  // namespace quintet
