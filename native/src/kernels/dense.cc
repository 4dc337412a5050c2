#include "kernels/dense.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/dense_kernels.h"
#include "kernels/share.h"
#include "quintet/error.h"

namespace quintet {
namespace {

using dense::kPanel;

dense::Multiply kernel(DenseStorage storage) { return kernel_isa() == KernelIsa::kAvx512 ? avx512::dense_multiply(storage) : avx2::dense_multiply(storage); }

uint16_t to_bfloat16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 64);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace

DenseKernel::DenseKernel(int64_t inputs, int64_t outputs, DenseStorage storage, int threads)
    : inputs_(inputs), outputs_(outputs), panels_((outputs + kPanel - 1) / kPanel), storage_(storage), threads_(threads) {
  if (!available()) throw Error(ErrorKind::kUnsupported, "dense kernels need a CPU with AVX2 and FMA");
}

bool DenseKernel::available() { return kernel_isa() != KernelIsa::kNone; }

size_t DenseKernel::element_bytes() const { return storage_ == DenseStorage::kFloat32 ? 4 : storage_ == DenseStorage::kBfloat16 ? 2 : 1; }

size_t DenseKernel::packed_bytes() const {
  const size_t outputs = static_cast<size_t>(panels_) * kPanel;
  return outputs * inputs_ * element_bytes() + (storage_ == DenseStorage::kInt8 ? outputs * sizeof(float) : 0);
}

const float* DenseKernel::scales(const void* packed) const {
  if (storage_ != DenseStorage::kInt8) return nullptr;
  return reinterpret_cast<const float*>(static_cast<const char*>(packed) + static_cast<size_t>(panels_) * kPanel * inputs_);
}

void DenseKernel::pack(const std::function<void(int64_t, float*)>& row, void* packed) const {
  std::memset(packed, 0, packed_bytes());
  std::vector<float> values(inputs_);
  float* scale = const_cast<float*>(scales(packed));
  for (int64_t o = 0; o < outputs_; ++o) {
    row(o, values.data());
    const int64_t first = o / kPanel * inputs_ * kPanel + o % kPanel;
    if (storage_ == DenseStorage::kInt8) {
      float largest = 0;
      for (float v : values) largest = std::max(largest, std::abs(v));
      scale[o] = largest / 127;
      const float inverse = largest > 0 ? 127 / largest : 0;
      for (int64_t i = 0; i < inputs_; ++i) static_cast<int8_t*>(packed)[first + i * kPanel] = static_cast<int8_t>(std::nearbyint(values[i] * inverse));
    } else if (storage_ == DenseStorage::kBfloat16) {
      for (int64_t i = 0; i < inputs_; ++i) static_cast<uint16_t*>(packed)[first + i * kPanel] = to_bfloat16(values[i]);
    } else {
      for (int64_t i = 0; i < inputs_; ++i) static_cast<float*>(packed)[first + i * kPanel] = values[i];
    }
  }
}

void DenseKernel::pack_integers(const std::function<float(int64_t, int8_t*)>& row, void* packed) const {
  std::memset(packed, 0, packed_bytes());
  std::vector<int8_t> values(inputs_);
  float* scale = const_cast<float*>(scales(packed));
  for (int64_t o = 0; o < outputs_; ++o) {
    scale[o] = row(o, values.data());
    int8_t* first = static_cast<int8_t*>(packed) + o / kPanel * inputs_ * kPanel + o % kPanel;
    for (int64_t i = 0; i < inputs_; ++i) first[i * kPanel] = values[i];
  }
}

void DenseKernel::run(const float* source, int64_t source_stride, int pictures, const void* packed, const float* bias, Finish finish, float* target) const {
  const dense::Multiply multiply = kernel(storage_);
  share(threads_, panels_, [&](int64_t begin, int64_t end, int) {
    for (int first = 0; first < pictures; first += dense::kPictures) {
      multiply({source + first * source_stride, source_stride, std::min(dense::kPictures, pictures - first), inputs_, outputs_, packed, scales(packed), bias, finish,
                target + first * outputs_, begin, end});
    }
  });
}

}  // namespace quintet
