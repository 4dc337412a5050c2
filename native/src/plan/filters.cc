#include "plan/filters.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "quintet/error.h"
#include "runtime/memory.h"

namespace quintet {
namespace {

constexpr int64_t kManyBytes = 1 << 16;   // worth a system call

int64_t element_bytes(const TensorView& tensor) { return tensor.type == DataType::kF64 ? 8 : tensor.type == DataType::kF32 ? 4 : tensor.type == DataType::kI8 ? 1 : 2; }

/// These elements are read: their pages may go, if they are many. Layers of hundreds of megabytes are never resident twice.
void give_up(const TensorView& tensor, int64_t first, int64_t count) {
  const int64_t bytes = count * element_bytes(tensor);
  if (tensor.in_file && bytes >= kManyBytes) give_up_file_pages(static_cast<const char*>(tensor.data) + first * element_bytes(tensor), bytes);
}

/// NaN is what lies above infinity, the sign aside. Sixteen at a time, which compilers turn into vectors.
bool any_nan(const float* values, int64_t count) {
  constexpr int kLanes = 16;
  constexpr uint32_t kInfinity = 0x7f800000;
  uint32_t largest[kLanes] = {};
  const auto look = [&](int64_t i, int lane) {
    uint32_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    largest[lane] = std::max(largest[lane], bits & 0x7fffffff);
  };
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) look(i + lane, lane);
  }
  for (; i < count; ++i) look(i, 0);
  return *std::max_element(largest, largest + kLanes) > kInfinity;
}

float half_to_float(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000) << 16;
  uint32_t exponent = (h >> 10) & 31, mantissa = h & 1023, bits;
  if (exponent == 31) {
    bits = sign | 0x7f800000 | mantissa << 13;
  } else if (exponent != 0) {
    bits = sign | (exponent + 112) << 23 | mantissa << 13;
  } else {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;   // subnormal
    return sign != 0 ? -magnitude : magnitude;
  }
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

float bfloat_to_float(uint16_t b) {
  const uint32_t bits = static_cast<uint32_t>(b) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <typename Stored, typename Convert>
void convert(const TensorView& tensor, int64_t first, int64_t count, float* to, Convert&& value) {
  const char* from = static_cast<const char*>(tensor.data) + first * static_cast<int64_t>(sizeof(Stored));
  for (int64_t i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, from + i * static_cast<int64_t>(sizeof(Stored)), sizeof stored);
    to[i] = value(stored);
  }
}

/// One output's weights as they are stored, in float32.
void read_row(const FilterPart& part, int64_t output, int64_t count, float* to) {
  copy_as_floats(part.weight, output * count, count, to);
  give_up(part.weight, output * count, count);
  if (part.scales.empty()) return;
  for (int64_t i = 0; i < count; ++i) to[i] *= part.scales[output];
}

/// One output's kernels as the sums that they are, added in double.
void write_sums(const FilterPart& part, int64_t output, float* to, int64_t in) {
  const KernelSums& sums = *part.sums;
  const int64_t rows = sums.kernel[0], columns = sums.kernel[1], width = sums.extent(1), size = sums.extent(0) * width;
  std::vector<float> stored(in * rows * columns);
  read_row(part, output, static_cast<int64_t>(stored.size()), stored.data());
  std::vector<double> sum(size);
  for (int64_t c = 0; c < in; ++c) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (int64_t place = 0; place < sums.places(); ++place) {
      const int64_t top = place / sums.window[1] * sums.step[0], left = place % sums.window[1] * sums.step[1];
      for (int64_t k = 0; k < rows * columns; ++k) sum[(top + k / columns) * width + left + k % columns] += stored[c * rows * columns + k];
    }
    for (int64_t k = 0; k < size; ++k) to[c * size + k] = static_cast<float>(sum[k]);
  }
}

}  // namespace

void copy_as_floats(const TensorView& tensor, int64_t first, int64_t count, float* to) {
  switch (tensor.type) {
    case DataType::kF32: std::memcpy(to, static_cast<const char*>(tensor.data) + first * 4, static_cast<size_t>(count) * 4); return;
    case DataType::kF16: return convert<uint16_t>(tensor, first, count, to, half_to_float);
    case DataType::kBF16: return convert<uint16_t>(tensor, first, count, to, bfloat_to_float);
    case DataType::kF64: return convert<double>(tensor, first, count, to, [](double v) { return static_cast<float>(v); });
    case DataType::kI8: return convert<int8_t>(tensor, first, count, to, [](int8_t v) { return static_cast<float>(v); });
    default: throw Error(ErrorKind::kWeights, "weights must be floating point (f32, f16, bf16, f64)");
  }
}

std::vector<double> as_doubles(const TensorView& tensor) {
  const int64_t count = checked_product(tensor.shape);
  if (tensor.type == DataType::kF64) {
    std::vector<double> values(count);
    std::memcpy(values.data(), tensor.data, static_cast<size_t>(count) * 8);
    return values;
  }
  std::vector<float> values(count);
  copy_as_floats(tensor, 0, count, values.data());
  return {values.begin(), values.end()};
}

int64_t Filters::outputs() const {
  int64_t sum = 0;
  for (const FilterPart& p : parts) sum += p.outputs;
  return sum;
}

bool Filters::has_bias() const {
  return std::any_of(parts.begin(), parts.end(), [](const FilterPart& p) { return p.bias || !p.affine.shift.empty(); });
}

void Filters::fold(const ChannelAffine& next) {
  int64_t first = 0;
  for (FilterPart& part : parts) {
    ChannelAffine& affine = part.affine;
    if (affine.scale.empty()) affine = {std::vector<double>(part.outputs, 1.0), std::vector<double>(part.outputs, 0.0)};
    for (int64_t o = 0; o < part.weight.shape[0]; ++o) {
      affine.scale[o] *= next.scale[first + o];
      affine.shift[o] = affine.shift[o] * next.scale[first + o] + next.shift[first + o];
    }
    first += part.outputs;
  }
}

void Filters::fold(const KernelSums& sums, double factor) {
  for (FilterPart& part : parts) {
    part.sums = sums;
    for (double& shift : part.affine.shift) shift *= static_cast<double>(sums.places());
  }
  if (factor != 1) fold(ChannelAffine{std::vector<double>(outputs(), factor), std::vector<double>(outputs(), 0.0)});
}

bool Filters::has_sums() const {
  return std::any_of(parts.begin(), parts.end(), [](const FilterPart& p) { return p.sums.has_value(); });
}

int64_t Filters::inputs() const {
  const FilterPart& part = parts.front();
  const auto& shape = part.weight.shape;
  return part.sums ? shape[1] * part.sums->extent(0) * part.sums->extent(1) : checked_product({shape.begin() + 1, shape.end()});
}

const void* Filters::as_stored() const {
  const FilterPart& p = parts.front();
  const bool plain = parts.size() == 1 && !p.sums && p.weight.type == DataType::kF32 && p.affine.scale.empty() && p.outputs == p.weight.shape[0];
  return plain ? p.weight.data : nullptr;
}

double Filters::integer_scale(int64_t output) const {
  const FilterPart& part = parts.front();
  return part.scales[output] * (part.affine.scale.empty() ? 1.0 : part.affine.scale[output]);
}

void Filters::write_integers(int64_t output, int8_t* to, int64_t count) const {
  const TensorView& weight = parts.front().weight;
  std::memcpy(to, static_cast<const int8_t*>(weight.data) + output * count, static_cast<size_t>(count));
  give_up(weight, output * count, count);
  has_nan_ = has_nan_ || std::isnan(integer_scale(output));
}

void Filters::write_filter(int64_t output, float* to, int64_t in, int64_t in_padded, int64_t inner) const {
  const int64_t count = in * inner;
  std::fill(to, to + in_padded * inner, 0.f);
  auto part = parts.begin();
  while (output >= part->outputs) output -= (part++)->outputs;
  if (output >= part->weight.shape[0]) return;                    // one of the zero filters behind the part
  if (part->sums) {
    write_sums(*part, output, to, in);
  } else {
    read_row(*part, output, count, to);
  }
  if (!part->affine.scale.empty()) {
    for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(to[i] * part->affine.scale[output]);
  }
  has_nan_ = has_nan_ || any_nan(to, count);
}

void Filters::write_weights(float* to, int64_t outputs_padded, int64_t in, int64_t in_padded, int64_t inner) const {
  const int64_t row = in_padded * inner, count = outputs();
  for (int64_t o = 0; o < count; ++o) write_filter(o, to + o * row, in, in_padded, inner);
  std::fill(to + count * row, to + outputs_padded * row, 0.f);
}

void Filters::write_bias(float* to, int64_t outputs_padded) const {
  std::fill(to, to + outputs_padded, 0.f);
  for (const FilterPart& part : parts) {
    const std::vector<double> bias = part.bias ? as_doubles(*part.bias) : std::vector<double>(part.weight.shape[0], 0.0);
    for (size_t o = 0; o < bias.size(); ++o) {
      const double added = part.sums ? bias[o] * static_cast<double>(part.sums->places()) : bias[o];
      to[o] = static_cast<float>(part.affine.scale.empty() ? added : added * part.affine.scale[o] + part.affine.shift[o]);
    }
    has_nan_ = has_nan_ || any_nan(to, static_cast<int64_t>(bias.size()));
    to += part.outputs;
  }
}

void Filters::packed(bool as_they_lie) const {
  if (as_they_lie) has_nan_ = any_nan(static_cast<const float*>(parts.front().weight.data), checked_product(parts.front().weight.shape));
  for (const FilterPart& part : parts) give_up(part.weight, 0, checked_product(part.weight.shape));
}

}  // namespace quintet
