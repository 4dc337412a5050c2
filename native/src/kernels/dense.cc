#include "kernels/dense.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/bfloat16.h"
#include "kernels/cpu.h"
#include "kernels/dense_kernels.h"
#include "kernels/rounding.h"
#include "kernels/share.h"
#include "quintet/error.h"

namespace quintet {
namespace {

using dense::kPanel;

const dense::Kernels& best_kernels() {
  if (!DenseKernel::available()) throw Error(ErrorKind::kUnsupported, "dense kernels need a CPU with AVX2, FMA and F16C");
  return kernel_isa() == KernelIsa::kAvx512 ? avx512::dense_kernels() : avx2::dense_kernels();
}

float largest_finite_magnitude(const std::vector<float>& row) {
  float largest = 0;
  for (float v : row) {
    if (std::isfinite(v)) largest = std::max(largest, std::abs(v));
  }
  return largest;
}

/// The power of two that brings this magnitude to [128, 256): float16 has its 11 bits from 2^-14 to 65504. The power's inverse is no
/// denormal, which a run may take for zero.
float float16_factor(float largest) {
  constexpr int kExponent = 8, kMostFactor = 126;
  int exponent = 0;
  std::frexp(largest, &exponent);
  return std::ldexp(1.f, std::min(kExponent - exponent, kMostFactor));
}

}  // namespace

const char* to_string(DenseStorage storage) {
  constexpr const char* kNames[] = {"f32", "f16", "bf16", "int8"};
  return kNames[static_cast<int>(storage)];
}

DenseKernel::DenseKernel(int64_t inputs, int64_t outputs, DenseStorage storage, int threads, const dense::Kernels* kernels)
    : inputs_(inputs), outputs_(outputs), panels_((outputs + kPanel - 1) / kPanel), storage_(storage), threads_(threads),
      kernels_(kernels != nullptr ? kernels : &best_kernels()) {}

bool DenseKernel::available() { return kernel_isa() != KernelIsa::kNone; }

size_t DenseKernel::element_bytes() const { return storage_ == DenseStorage::kFloat32 ? 4 : storage_ == DenseStorage::kInt8 ? 1 : 2; }

int64_t DenseKernel::stored_inputs() const { return round_up(inputs_, dense::together(storage_)); }

size_t DenseKernel::packed_bytes() const {
  const size_t outputs = static_cast<size_t>(panels_) * kPanel;
  return outputs * stored_inputs() * element_bytes() + (is_scaled() ? outputs * sizeof(float) : 0);
}

/// They follow the weights; null where there are none.
const float* DenseKernel::scales(const void* packed) const {
  if (!is_scaled()) return nullptr;
  return reinterpret_cast<const float*>(static_cast<const char*>(packed) + static_cast<size_t>(panels_) * kPanel * stored_inputs() * element_bytes());
}

/// `row(o, to)` writes output o's elements in order and returns its scale.
template <typename Element, typename Row>
void DenseKernel::pack_rows(const Row& row, void* packed) const {
  std::memset(packed, 0, packed_bytes());
  std::vector<Element> elements(inputs_);
  float* scale = const_cast<float*>(scales(packed));
  const int64_t together = dense::together(storage_);
  for (int64_t o = 0; o < outputs_; ++o) {
    const float factor = row(o, elements.data());
    if (scale != nullptr) scale[o] = factor;
    Element* lane = static_cast<Element*>(packed) + o / kPanel * stored_inputs() * kPanel + o % kPanel * together;
    for (int64_t i = 0; i < inputs_; ++i) lane[i / together * together * kPanel + i % together] = elements[i];
  }
}

void DenseKernel::pack(const std::function<void(int64_t, float*)>& row, void* packed) const {
  std::vector<float> values(inputs_);
  if (storage_ == DenseStorage::kFloat32) {
    pack_rows<float>([&](int64_t o, float* to) { return row(o, to), 1.f; }, packed);
  } else if (storage_ == DenseStorage::kBfloat16) {
    pack_rows<uint16_t>([&](int64_t o, uint16_t* to) {
      row(o, values.data());
      std::transform(values.begin(), values.end(), to, [](float value) { return bfloat16_bits(value); });
      return 1.f;
    }, packed);
  } else if (storage_ == DenseStorage::kFloat16) {
    pack_rows<uint16_t>([&](int64_t o, uint16_t* to) {
      row(o, values.data());
      const float factor = float16_factor(largest_finite_magnitude(values));
      kernels_->to_float16(values.data(), inputs_, factor, to);
      return 1 / factor;
    }, packed);
  } else {
    pack_rows<int8_t>([&](int64_t o, int8_t* to) {
      row(o, values.data());
      const float largest = largest_finite_magnitude(values), inverse = largest > 0 ? 127 / largest : 0;
      for (int64_t i = 0; i < inputs_; ++i) to[i] = static_cast<int8_t>(std::nearbyint(values[i] * inverse));
      return largest / 127;
    }, packed);
  }
}

void DenseKernel::pack_integers(const std::function<float(int64_t, int8_t*)>& row, void* packed) const { pack_rows<int8_t>(row, packed); }

void DenseKernel::run(const float* source, int64_t source_stride, int pictures, const void* packed, const float* bias, Finish finish, float* target) const {
  const dense::Multiply multiply = kernels_->multiply[static_cast<int>(storage_)];
  share(threads_, panels_, [&](int64_t begin, int64_t end, int) {
    for (int first = 0; first < pictures; first += dense::kPictures) {
      multiply({source + first * source_stride, source_stride, std::min(dense::kPictures, pictures - first), inputs_, stored_inputs(), outputs_, packed, scales(packed), bias, finish,
                target + first * outputs_, begin, end});
    }
  });
}

}  // namespace quintet
