#include "kernels/byte_dense.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/byte_dense_kernels.h"
#include "kernels/cpu.h"
#include "kernels/share.h"
#include "quintet/error.h"

namespace quintet {
namespace {

using byte_dense::kGroup;
using byte_dense::kPanel;
using byte_dense::kPictures;
using byte_dense::kStreams;

byte_dense::Multiply kernel() {
  if (core_model().vnni_ops_per_ns > 0) return avx512_vnni::byte_dense_multiply();
  return kernel_isa() == KernelIsa::kAvx512 ? avx512::byte_dense_multiply() : avx2::byte_dense_multiply();
}

}  // namespace

ByteDenseKernel::ByteDenseKernel(int64_t inputs, int64_t outputs, int threads)
    : inputs_(inputs), outputs_(outputs), groups_((inputs + kGroup - 1) / kGroup), panels_((outputs + kPanel - 1) / kPanel), threads_(threads) {
  if (kernel_isa() == KernelIsa::kNone) throw Error(ErrorKind::kUnsupported, "dense kernels need a CPU with AVX2, FMA and F16C");
}

/// Behind the weights each output's sum of them, for what a zero point adds.
size_t ByteDenseKernel::packed_bytes() const { return static_cast<size_t>(panels_ * kPanel) * (groups_ * kGroup + sizeof(int32_t)); }

void ByteDenseKernel::pack(const std::function<void(int64_t, int8_t*)>& row, void* packed) const {
  std::memset(packed, 0, packed_bytes());
  std::vector<int8_t> values(inputs_);
  auto* weights = static_cast<int8_t*>(packed);
  auto* sums = reinterpret_cast<int32_t*>(weights + panels_ * kPanel * groups_ * kGroup);
  for (int64_t o = 0; o < outputs_; ++o) {
    row(o, values.data());
    int8_t* first = weights + (o / kPanel * groups_ * kPanel + o % kPanel) * kGroup;
    for (int64_t i = 0; i < inputs_; ++i) {
      first[i / kGroup * kPanel * kGroup + i % kGroup] = values[i];
      sums[o] += values[i];
    }
  }
}

/// Rows that do not end with a group are copied, filled up by zeros.
size_t ByteDenseKernel::scratch_bytes() const { return inputs_ % kGroup == 0 ? 0 : static_cast<size_t>(threads_ * kPictures * groups_ * kGroup); }

void ByteDenseKernel::run(const uint8_t* source, int zero, int64_t pictures, const void* packed, const float* scales, const float* bias, bool relu, float* target,
                          void* scratch) const {
  const byte_dense::Multiply multiply = kernel();
  const auto* weights = static_cast<const int8_t*>(packed);
  const auto* weight_sums = reinterpret_cast<const int32_t*>(weights + panels_ * kPanel * groups_ * kGroup);
  const int64_t row = groups_ * kGroup;
  const auto finish = [&](int64_t n, int64_t panel, const int32_t* sums) {
    for (int64_t o = panel * kPanel; o < std::min(outputs_, (panel + 1) * kPanel); ++o) {
      const float value = static_cast<float>(sums[o % kPanel] - zero * weight_sums[o]) * scales[o] + (bias != nullptr ? bias[o] : 0.f);
      target[n * outputs_ + o] = relu && value < 0 ? 0 : value;
    }
  };
  share(threads_, panels_, [&](int64_t begin, int64_t end, int member) {
    uint8_t* copy = static_cast<uint8_t*>(scratch) + member * kPictures * row;
    for (int64_t first = 0; first < pictures; first += kPictures) {
      const int count = static_cast<int>(std::min<int64_t>(kPictures, pictures - first));
      const uint8_t* rows = source + first * inputs_;
      if (row != inputs_) {
        for (int r = 0; r < count; ++r) {
          std::memcpy(copy + r * row, rows + r * inputs_, static_cast<size_t>(inputs_));
          std::memset(copy + r * row + inputs_, 0, static_cast<size_t>(row - inputs_));
        }
        rows = copy;
      }
      const auto panels = [&](int64_t from, int64_t length, int streams) {
        for (int64_t panel = from; panel < from + length; ++panel) {
          int32_t sums[std::max(kPictures, kStreams) * kPanel];
          multiply({rows, count, groups_, weights + panel * kPanel * row, streams, length * kPanel * row, sums});
          for (int r = 0; r < count; ++r) {
            for (int s = 0; s < streams; ++s) finish(first + r, panel + s * length, sums + (r * streams + s) * kPanel);
          }
        }
      };
      const int64_t together = count == 1 ? (end - begin) / kStreams : 0;
      panels(begin, together, kStreams);
      panels(begin + together * kStreams, end - begin - together * kStreams, 1);
    }
  });
}

}  // namespace quintet
