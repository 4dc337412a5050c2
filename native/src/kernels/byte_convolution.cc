#include "kernels/byte_convolution.h"

#include <emmintrin.h>

#include <algorithm>
#include <cstring>

#include "kernels/byte_convolution_kernels.h"
#include "kernels/cpu.h"
#include "kernels/rounding.h"
#include "kernels/share.h"
#include "quintet/error.h"

namespace quintet {
namespace {

using byte_convolution::kGroup;
using byte_convolution::kLanes;
using byte_convolution::kMostVectors;
using byte_convolution::kQuad;

constexpr float kNoBias[kQuad] = {};
constexpr int64_t kBandBytes = 64 << 10;   // of the planes that a band reads; neighbouring bands make those of a few rows twice

int64_t groups_of(const ConvolutionShape& s) { return ceil_div(s.kernel_width * s.in_channels, kGroup); }

/// The groups of neighbouring pixels are then the same, only moved: a plane serves many taps.
bool shares_planes(const ConvolutionShape& s) { return s.stride_x == 1 && (s.in_channels == 1 || s.in_channels % kGroup == 0); }

/// Products for one output: of channels filled up to fours; of AMX's tiles to 64, or of a whole row of the kernel.
int64_t inputs_of_onednn(const ConvolutionShape& s, const CoreModel& core) {
  constexpr int64_t kTile = 64;
  if (!core.amx) return s.kernel_height * s.kernel_width * round_up(s.in_channels, kGroup);
  return s.kernel_height * std::min(s.kernel_width * round_up(s.in_channels, kTile), round_up(s.kernel_width * s.in_channels, kTile));
}

uint32_t group_at(const uint8_t* from) {
  uint32_t group;
  std::memcpy(&group, from, sizeof group);
  return group;
}

/// Four pixels' 16 channels from four quads' pixels.
void interleave_four(const uint32_t* staged, int64_t quad_stride, uint8_t* to, int64_t channels) {
  __m128i q[4];
  for (int i = 0; i < 4; ++i) q[i] = _mm_load_si128(reinterpret_cast<const __m128i*>(staged + i * quad_stride));
  const __m128i low01 = _mm_unpacklo_epi32(q[0], q[1]), low23 = _mm_unpacklo_epi32(q[2], q[3]);
  const __m128i high01 = _mm_unpackhi_epi32(q[0], q[1]), high23 = _mm_unpackhi_epi32(q[2], q[3]);
  const __m128i pixels[] = {_mm_unpacklo_epi64(low01, low23), _mm_unpackhi_epi64(low01, low23), _mm_unpacklo_epi64(high01, high23), _mm_unpackhi_epi64(high01, high23)};
  for (int i = 0; i < 4; ++i) _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i * channels), pixels[i]);
}

/// `pixels` that lie [quad][pixel] to [pixel][channel].
void interleave(const uint32_t* staged, int64_t quad_stride, int64_t pixels, int64_t channels, uint8_t* to) {
  int64_t c = 0;
  for (; c + 4 * kQuad <= channels; c += 4 * kQuad) {
    const uint32_t* quads = staged + c / kQuad * quad_stride;
    int64_t p = 0;
    for (; p + 4 <= pixels; p += 4) interleave_four(quads + p, quad_stride, to + p * channels + c, channels);
    for (; p < pixels; ++p) {
      for (int q = 0; q < 4; ++q) std::memcpy(to + p * channels + c + q * kQuad, quads + q * quad_stride + p, kQuad);
    }
  }
  for (; c < channels; c += kQuad) {
    const uint32_t* quad = staged + c / kQuad * quad_stride;
    if (channels - c >= kQuad) {
      for (int64_t p = 0; p < pixels; ++p) std::memcpy(to + p * channels + c, quad + p, kQuad);
    } else {
      for (int64_t p = 0; p < pixels; ++p) std::memcpy(to + p * channels + c, quad + p, static_cast<size_t>(channels - c));
    }
  }
}

}  // namespace

struct ByteConvolution::Call {
  const uint8_t* source;
  int zero;
  const int32_t* weights;
  const int32_t* weight_sums;
  ByteEpilogue epilogue;
  uint8_t* target;
};

ByteConvolution::ByteConvolution(const ConvolutionShape& shape, int threads, const byte_convolution::Kernels* kernels)
    : shape_(shape), threads_(threads), kernels_(kernels), quads_(ceil_div(shape.out_channels, kQuad)), row_vectors_(ceil_div(shape.out_width, kLanes)) {
  if (kernels_ == nullptr) {
    if (!available()) throw Error(ErrorKind::kUnsupported, "convolution kernels for bytes need a CPU with AVX512-VNNI");
    kernels_ = &avx512_vnni::byte_convolution_kernels();
  }
  const int64_t groups = groups_of(shape);
  const bool shared = shares_planes(shape);
  planes_ = !shared ? groups : shape.in_channels == 1 ? 1 : shape.in_channels / kGroup;
  step_ = shape.stride_x * shape.in_channels;
  const auto tap_of = [&](int64_t group) { return group * kGroup / shape.in_channels; };   // shared: the group's first
  plane_ = round_up(row_vectors_ * kLanes + (shared ? tap_of(groups - 1) : 0), kLanes);
  row_bytes_ = round_up(plane_ * step_ + (planes_ + 1) * kGroup, 64);
  const int64_t fitting = (kBandBytes / (planes_ * plane_ * kGroup) - shape.kernel_height) / shape.stride_y + 1;
  const int64_t rows = std::clamp<int64_t>(fitting, ceil_div(kMostVectors, row_vectors_), std::max<int64_t>(shape.out_height, kMostVectors));
  bands_ = ceil_div(shape.out_height, rows);
  if (bands_ * shape.batch < 8 * threads) bands_ = std::min(round_up(bands_, threads), shape.out_height);   // equal shares, where it matters
  band_rows_ = ceil_div(shape.out_height, bands_);
  bands_ = ceil_div(shape.out_height, band_rows_);
  for (int64_t ky = 0; ky < shape.kernel_height; ++ky) {
    for (int64_t g = 0; g < groups; ++g) {
      const int64_t plane = shared ? g % planes_ : g, moved = shared ? tap_of(g) : 0;
      offsets_.push_back(static_cast<int32_t>((ky * planes_ + plane) * plane_ + moved));
    }
  }
}

bool ByteConvolution::available() { return core_model().vnni_ops_per_ns > 0; }

double ByteConvolution::estimate_ns(const ConvolutionShape& s, const CoreModel& core) {
  const int64_t products = s.batch * s.out_height * round_up(s.out_width, kLanes) * round_up(s.out_channels, kQuad) * s.kernel_height * groups_of(s) * kGroup;
  return 2 * static_cast<double>(products) / core.vnni_ops_per_ns;
}

double ByteConvolution::onednn_ns(const ConvolutionShape& s, const CoreModel& core) {
  const int64_t products = s.batch * s.out_height * s.out_width * round_up(s.out_channels, kLanes) * inputs_of_onednn(s, core);
  return 2 * static_cast<double>(products) / core.int8_ops_per_ns;
}

bool ByteConvolution::worthwhile(const ConvolutionShape& s, const CoreModel& core) {
  constexpr double kDoubt = 1.2;   // it gathers its source first (Zen 4: a first layer of 7x7 is as fast at 1.17)
  return core.vnni_ops_per_ns > 0 && kDoubt * estimate_ns(s, core) < onednn_ns(s, core);
}

int64_t ByteConvolution::filled_up(int64_t outputs) { return round_up(outputs, kQuad); }

/// Behind the weights each output's sum of them, for what a zero point adds.
size_t ByteConvolution::packed_bytes() const { return static_cast<size_t>(quads_ * kQuad) * (offsets_.size() * kGroup + sizeof(int32_t)); }

void ByteConvolution::pack(const std::function<void(int64_t, int8_t*)>& row, void* packed) const {
  std::memset(packed, 0, packed_bytes());
  const int64_t area = shape_.kernel_height * shape_.kernel_width, groups = groups_of(shape_), all = static_cast<int64_t>(offsets_.size());
  std::vector<int8_t> values(static_cast<size_t>(shape_.in_channels * area));
  auto* weights = static_cast<int8_t*>(packed);
  auto* sums = reinterpret_cast<int32_t*>(weights + quads_ * all * kQuad * kGroup);
  for (int64_t o = 0; o < shape_.out_channels; ++o) {
    row(o, values.data());
    for (int64_t c = 0; c < shape_.in_channels; ++c) {
      for (int64_t tap = 0; tap < area; ++tap) {
        const int64_t ky = tap / shape_.kernel_width, in_row = tap % shape_.kernel_width * shape_.in_channels + c;
        const int64_t group = ky * groups + in_row / kGroup;
        const int8_t value = values[static_cast<size_t>(c * area + tap)];
        weights[((o / kQuad * all + group) * kQuad + o % kQuad) * kGroup + in_row % kGroup] = value;
        sums[o] += value;
      }
    }
  }
}

/// For each thread a row with its padding, the planes of a band, and four vectors of pixels of all quads.
size_t ByteConvolution::scratch_bytes() const { return static_cast<size_t>(threads_ * member_bytes()); }

int64_t ByteConvolution::member_bytes() const { return row_bytes_ + band_bytes() + quads_ * kMostVectors * kLanes * kQuad; }

int64_t ByteConvolution::band_bytes() const { return ((band_rows_ - 1) * shape_.stride_y + shape_.kernel_height) * planes_ * plane_ * kGroup; }

void ByteConvolution::run(const uint8_t* source, int zero, const void* packed, const ByteEpilogue& epilogue, uint8_t* target, void* scratch) const {
  const auto* weights = static_cast<const int32_t*>(packed);
  const Call call{source, zero, weights, weights + quads_ * kQuad * static_cast<int64_t>(offsets_.size()), epilogue, target};
  share(threads_, bands_ * shape_.batch, [&](int64_t begin, int64_t end, int member) {
    for (int64_t unit = begin; unit < end; ++unit) run_band(call, unit, static_cast<uint8_t*>(scratch) + member * member_bytes());
  });
}

void ByteConvolution::run_band(const Call& call, int64_t unit, uint8_t* scratch) const {
  const int64_t image = unit / bands_, first = unit % bands_ * band_rows_, count = std::min(band_rows_, shape_.out_height - first);
  auto* planes = reinterpret_cast<uint32_t*>(scratch + row_bytes_);
  auto* staged = reinterpret_cast<uint32_t*>(scratch + row_bytes_ + band_bytes());
  const uint8_t* picture = call.source + image * shape_.height * shape_.width * shape_.in_channels;
  uint8_t* target = call.target + (image * shape_.out_height + first) * shape_.out_width * shape_.out_channels;
  for (int64_t y = 0; y < (count - 1) * shape_.stride_y + shape_.kernel_height; ++y) {
    gather_row(picture, first * shape_.stride_y - shape_.pad_top + y, call.zero, scratch, planes + y * planes_ * plane_);
  }
  const int64_t vectors = count * row_vectors_;
  for (int64_t vector = 0; vector < vectors; vector += kMostVectors) {
    const int64_t together = std::min<int64_t>(kMostVectors, vectors - vector);
    multiply(call, planes, vector, together, staged);
    for (int64_t v = 0; v < together; ++v) {
      const int64_t x = (vector + v) % row_vectors_ * kLanes, pixel = (vector + v) / row_vectors_ * shape_.out_width + x;
      interleave(staged + v * kLanes, kMostVectors * kLanes, std::min(kLanes, shape_.out_width - x), shape_.out_channels, target + pixel * shape_.out_channels);
    }
  }
}

/// All outputs of `count` vectors of a band's pixels.
void ByteConvolution::multiply(const Call& call, const uint32_t* planes, int64_t vector, int64_t count, uint32_t* staged) const {
  const int64_t groups = static_cast<int64_t>(offsets_.size());
  byte_convolution::Job job{};
  for (int64_t v = 0; v < count; ++v) {
    job.source[v] = planes + (vector + v) / row_vectors_ * shape_.stride_y * planes_ * plane_ + (vector + v) % row_vectors_ * kLanes;
  }
  job.offsets = offsets_.data(), job.groups = groups;
  job.inverse_scale = call.epilogue.inverse_scale, job.shift = static_cast<float>(call.epilogue.shift);
  job.least = call.epilogue.relu ? job.shift : 0;
  for (int64_t quad = 0; quad < quads_; ++quad) {
    job.weights = call.weights + quad * groups * kQuad;
    for (int64_t q = 0; q < kQuad; ++q) job.start[q] = -call.zero * call.weight_sums[quad * kQuad + q];
    job.scales = call.epilogue.scales + quad * kQuad;
    job.bias = call.epilogue.bias != nullptr ? call.epilogue.bias + quad * kQuad : kNoBias;
    job.target = staged + quad * kMostVectors * kLanes;
    kernels_->quad[count - 1](job);
  }
}

/// The planes of one row of the source, or of padding. `bytes`: room for the row.
void ByteConvolution::gather_row(const uint8_t* picture, int64_t row, int zero, uint8_t* bytes, uint32_t* planes) const {
  const int64_t before = std::min(shape_.pad_left * shape_.in_channels, row_bytes_), width = shape_.width * shape_.in_channels;
  const int64_t inside = row < 0 || row >= shape_.height ? 0 : std::min(width, row_bytes_ - before);
  std::memset(bytes, zero, static_cast<size_t>(before));
  std::memcpy(bytes + before, picture + row * width, static_cast<size_t>(inside));
  std::memset(bytes + before + inside, zero, static_cast<size_t>(row_bytes_ - before - inside));
  const int64_t length = shape_.out_width + offsets_[groups_of(shape_) - 1] % plane_;   // moved as far as the last group is
  for (int64_t p = 0; p < planes_; ++p) {
    for (int64_t x = 0; x < length; ++x) planes[p * plane_ + x] = group_at(bytes + x * step_ + p * kGroup);
  }
}

}  // namespace quintet
