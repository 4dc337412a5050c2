#include "kernels/byte_winograd.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/byte_winograd_kernels.h"
#include "kernels/filter_transform.h"
#include "kernels/rounding.h"
#include "kernels/share.h"
#include "quintet/error.h"

namespace quintet {
namespace {

using byte_winograd::kGains;
using byte_winograd::kLanes;
using byte_winograd::kMostTiles;
using byte_winograd::kMostVectors;
using byte_winograd::kPoints;
using byte_winograd::kSide;
using byte_winograd::weight_of;

constexpr double kMostWord = 32767, kMostSum = 2147483647.0, kMostByte = 255;
constexpr int64_t kLine = 64;

int64_t tile_of(const ConvolutionShape& s) { return kSide + 1 - s.kernel_width; }

/// The most that a point of the source can be, whatever its zero point.
double most_at(int64_t point) {
  const byte_winograd::Gain &row = kGains[point / kSide], &column = kGains[point % kSide];
  const double positive = row.positive * column.positive + row.negative * column.negative, negative = row.positive * column.negative + row.negative * column.positive;
  return kMostByte * std::max(positive, negative) + 0.5;
}

/// A filter [in_channels][taps][taps] at all points, [point][in_channels], as they are multiplied.
std::vector<double> transform(const std::vector<int8_t>& filter, const tiled::FilterTransform& g, int64_t taps, int64_t channels) {
  std::vector<double> points(static_cast<size_t>(kPoints * channels));
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t point = 0; point < kPoints; ++point) {
      const tiled::TransformRow &row = g[static_cast<size_t>(point / kSide)], &column = g[static_cast<size_t>(point % kSide)];
      double sum = 0;
      for (int64_t tap = 0; tap < taps * taps; ++tap) sum += row[static_cast<size_t>(tap / taps)] * column[static_cast<size_t>(tap % taps)] * filter[static_cast<size_t>(c * taps * taps + tap)];
      points[static_cast<size_t>(point * channels + c)] = sum / static_cast<double>(weight_of(point / kSide, taps) * weight_of(point % kSide, taps));
    }
  }
  return points;
}

/// What the points of a filter can be multiplied by so that each stays an integer of 16 bits, and sums one of 32.
double fitting_scale(const std::vector<double>& points, int64_t channels) {
  double scale = INFINITY;
  for (int64_t point = 0; point < kPoints; ++point) {
    double sum = 0, most = 0;
    for (int64_t c = 0; c < channels; ++c) {
      const double size = std::abs(points[static_cast<size_t>(point * channels + c)]);
      sum += size, most = std::max(most, size);
    }
    const double rounding = 0.5 * static_cast<double>(channels);
    if (most > 0) scale = std::min({scale, (kMostWord - 1) / most, (kMostSum / most_at(point) - rounding) / sum});
  }
  return std::isfinite(scale) ? scale : 1;
}

}  // namespace

struct ByteWinograd::Call {
  const uint8_t* source;
  int zero;
  const int32_t* weights;
  const float *scales, *start;
  float least;
  uint8_t* target;
};

ByteWinograd::ByteWinograd(const ConvolutionShape& shape, int threads, const byte_winograd::Kernels* kernels) : shape_(shape), threads_(threads), kernels_(kernels) {
  if (!computes(shape) || (kernels_ == nullptr && !ByteConvolution::available())) {
    throw Error(ErrorKind::kUnsupported, "Winograd convolutions of bytes need a CPU with AVX512-VNNI and kernels of 3x3 or 5x5 with stride 1");
  }
  if (kernels_ == nullptr) kernels_ = avx512_vnni::byte_winograd_kernels(shape.kernel_width);
  tile_ = tile_of(shape);
  pairs_ = ceil_div(shape.in_channels, 2), v_channels_ = round_up(shape.in_channels, kLanes);
  vectors_ = ceil_div(shape.out_channels, kLanes), panels_ = ceil_div(vectors_, kMostVectors);
  tile_rows_ = ceil_div(shape.out_height, tile_), row_tiles_ = ceil_div(shape.out_width, tile_);
  row_units_ = ceil_div(row_tiles_, kMostTiles);
  const int64_t units = shape.batch * tile_rows_ * row_units_;
  if (units % threads != 0 && units < 8 * threads) row_units_ = std::min(round_up(row_units_, threads), row_tiles_);   // equal shares, where it matters
  unit_tiles_ = ceil_div(row_tiles_, row_units_);
  row_bytes_ = round_up(((unit_tiles_ - 1) * tile_ + kSide) * shape.in_channels + kLanes, kLine);
}

bool ByteWinograd::computes(const ConvolutionShape& s) {
  return s.kernel_height == s.kernel_width && (s.kernel_width == 3 || s.kernel_width == 5) && s.stride_y == 1 && s.stride_x == 1;
}

bool ByteWinograd::worthwhile(const ConvolutionShape& s, const CoreModel& core) {
  constexpr double kDoubt = 1.2;
  if (core.vnni_ops_per_ns == 0 || !computes(s) || s.in_channels > kMostChannels) return false;
  return kDoubt * estimate_ns(s, core) < std::min(ByteConvolution::estimate_ns(s, core), ByteConvolution::onednn_ns(s, core));
}

double ByteWinograd::estimate_ns(const ConvolutionShape& s, const CoreModel& core) {
  // Nanoseconds to transform a vector of a tile, in and out (byte_bench on Zen 4).
  constexpr double kIn = 100, kOut = 75, kLargeOut = 135;
  const auto tiles = static_cast<double>(s.batch * ceil_div(s.out_height, tile_of(s)) * ceil_div(s.out_width, tile_of(s)));
  const auto in = static_cast<double>(ceil_div(s.in_channels, kLanes)), out = static_cast<double>(ceil_div(s.out_channels, kLanes));
  const double weights = kPoints * static_cast<double>(round_up(s.in_channels, 2)) * out * kLanes, bytes = weights * sizeof(int16_t);
  // Weights are cold at first; every unit reads them again.
  const double units = tiles / std::min(static_cast<double>(kMostTiles), static_cast<double>(ceil_div(s.out_width, tile_of(s))));
  const double again = bytes <= 0.5 * static_cast<double>(core.l2_bytes) ? 0 : (units - 1) * bytes / core.bytes_per_ns(bytes);
  return overlapped(4 * tiles * weights / core.vnni_ops_per_ns, bytes / core.memory_bytes_per_ns + again) + tiles * (kIn * in + (tile_of(s) == 4 ? kOut : kLargeOut) * out);
}

int64_t ByteWinograd::filled_up(int64_t outputs) { return round_up(outputs, kLanes); }

std::string ByteWinograd::name() const { return "winograd f(" + std::to_string(tile_) + "," + std::to_string(shape_.kernel_width) + ") int16"; }

int64_t ByteWinograd::multiplications() const { return shape_.batch * tile_rows_ * row_tiles_ * kPoints * 2 * pairs_ * vectors_ * kLanes; }

int64_t ByteWinograd::panel_vectors(int64_t panel) const { return std::min<int64_t>(vectors_ - panel * kMostVectors, kMostVectors); }

/// Behind the weights what each output's sums are multiplied by to be those of the bytes.
size_t ByteWinograd::packed_bytes() const { return static_cast<size_t>(vectors_ * kLanes) * (static_cast<size_t>(kPoints * pairs_) * sizeof(int32_t) + sizeof(float)); }

void ByteWinograd::pack(const std::function<void(int64_t, int8_t*)>& row, void* packed) const {
  std::memset(packed, 0, packed_bytes());
  const int64_t taps = shape_.kernel_width, channels = shape_.in_channels, lanes = kMostVectors * kLanes;
  const tiled::FilterTransform g = tiled::filter_transform({static_cast<int>(tile_), static_cast<int>(taps)});
  auto* scales = reinterpret_cast<float*>(static_cast<int32_t*>(packed) + vectors_ * kLanes * kPoints * pairs_);
  std::vector<int8_t> filter(static_cast<size_t>(channels * taps * taps));
  for (int64_t o = 0; o < shape_.out_channels; ++o) {
    row(o, filter.data());
    const std::vector<double> points = transform(filter, g, taps, channels);
    const double scale = fitting_scale(points, channels);
    scales[o] = static_cast<float>(1 / scale);
    const int64_t panel = o / lanes, panel_lanes = panel_vectors(panel) * kLanes;
    auto* u = static_cast<int16_t*>(packed) + 2 * (panel * lanes * kPoints * pairs_ + o % lanes);
    for (int64_t point = 0; point < kPoints; ++point) {
      for (int64_t c = 0; c < channels; ++c) u[2 * (point * pairs_ + c / 2) * panel_lanes + c % 2] = static_cast<int16_t>(std::lrint(scale * points[static_cast<size_t>(point * channels + c)]));
    }
  }
}

/// Of one thread, each part of whole cache lines.
struct ByteWinograd::Member {
  uint8_t* rows;
  float *columns, *half;
  int16_t* v;
  int32_t* m;
  int64_t bytes = 0;

  Member(const ByteWinograd& k, std::byte* scratch) {
    const auto take = [&]<typename Number>(Number*& part, int64_t count) {
      part = scratch != nullptr ? reinterpret_cast<Number*>(scratch + bytes) : nullptr;
      bytes += round_up(count * static_cast<int64_t>(sizeof(Number)), kLine);
    };
    const int64_t products = k.unit_tiles_ * std::min<int64_t>(k.vectors_, kMostVectors) * kLanes;
    take(rows, kSide * k.row_bytes_);
    take(columns, kSide * k.row_bytes_);
    take(v, kPoints * k.unit_tiles_ * k.v_channels_);
    take(m, kSide * products);
    take(half, kSide * k.tile_ * products);
  }
};

int64_t ByteWinograd::member_bytes() const { return Member(*this, nullptr).bytes; }

/// Besides the threads' parts, what sums are multiplied by and what is added.
size_t ByteWinograd::scratch_bytes() const { return static_cast<size_t>(2 * vectors_ * kLanes) * sizeof(float) + static_cast<size_t>(threads_ * member_bytes()); }

void ByteWinograd::run(const uint8_t* source, int zero, const void* packed, const ByteEpilogue& epilogue, uint8_t* target, void* scratch) const {
  const int64_t outputs = vectors_ * kLanes;
  const auto* weights = static_cast<const int32_t*>(packed);
  const auto* unscale = reinterpret_cast<const float*>(weights + outputs * kPoints * pairs_);
  auto *scales = static_cast<float*>(scratch), *start = scales + outputs;
  const auto shift = static_cast<float>(epilogue.shift);
  for (int64_t o = 0; o < outputs; ++o) {
    scales[o] = epilogue.scales[o] * unscale[o] * epilogue.inverse_scale;
    start[o] = epilogue.bias != nullptr ? std::fma(epilogue.bias[o], epilogue.inverse_scale, shift) : shift;
  }
  const Call call{source, zero, weights, scales, start, epilogue.relu ? shift : 0, target};
  auto* members = reinterpret_cast<std::byte*>(start + outputs);
  share(threads_, shape_.batch * tile_rows_ * row_units_, [&](int64_t begin, int64_t end, int member) {
    for (int64_t unit = begin; unit < end; ++unit) run_unit(call, unit, members + member * member_bytes());
  });
}

void ByteWinograd::run_unit(const Call& call, int64_t unit, std::byte* scratch) const {
  const Member member(*this, scratch);
  const int64_t row = unit / row_units_ % tile_rows_, image = unit / row_units_ / tile_rows_, first = unit % row_units_ * unit_tiles_;
  const int64_t tiles = std::min(unit_tiles_, row_tiles_ - first), top = row * tile_, left = first * tile_;
  if (tiles <= 0) return;
  gather(call, image, top - shape_.pad_top, left - shape_.pad_left, member.rows);
  kernels_->transform_in({member.rows, row_bytes_, call.zero, ((tiles - 1) * tile_ + kSide) * shape_.in_channels, shape_.in_channels, v_channels_, static_cast<int>(tiles), member.columns, member.v});
  byte_winograd::PanelJob job{};
  job.tiles = static_cast<int>(tiles), job.pairs = pairs_, job.v_channels = v_channels_, job.v = member.v, job.m = member.m, job.half = member.half;
  job.least = call.least, job.pixel_stride = shape_.out_channels, job.row_stride = shape_.out_width * shape_.out_channels;
  job.rows = std::min(tile_, shape_.out_height - top), job.columns = std::min(tiles * tile_, shape_.out_width - left);
  uint8_t* target = call.target + ((image * shape_.out_height + top) * shape_.out_width + left) * shape_.out_channels;
  for (int64_t panel = 0; panel < panels_; ++panel) {
    const int64_t output = panel * kMostVectors * kLanes;
    job.vectors = static_cast<int>(panel_vectors(panel)), job.u = call.weights + output * kPoints * pairs_;
    job.scales = call.scales + output, job.start = call.start + output;
    job.outputs = std::min<int64_t>(shape_.out_channels - output, kMostVectors * kLanes), job.target = target + output;
    kernels_->multiply(job);
  }
}

/// The source rows of a unit, with padding and what else is read behind the picture.
void ByteWinograd::gather(const Call& call, int64_t image, int64_t top, int64_t left, uint8_t* rows) const {
  const int64_t channels = shape_.in_channels, before = std::clamp<int64_t>(-left * channels, 0, row_bytes_);
  const int64_t from = std::max<int64_t>(left, 0), inside = std::clamp<int64_t>((shape_.width - from) * channels, 0, row_bytes_ - before);
  for (int64_t y = top; y < top + kSide; ++y, rows += row_bytes_) {
    if (y < 0 || y >= shape_.height) {
      std::memset(rows, call.zero, static_cast<size_t>(row_bytes_));
      continue;
    }
    std::memset(rows, call.zero, static_cast<size_t>(before));
    std::memcpy(rows + before, call.source + ((image * shape_.height + y) * shape_.width + from) * channels, static_cast<size_t>(inside));
    std::memset(rows + before + inside, call.zero, static_cast<size_t>(row_bytes_ - before - inside));
  }
}

}  // namespace quintet
