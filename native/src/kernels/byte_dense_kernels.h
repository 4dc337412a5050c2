// The contract between byte_dense.cc and byte_dense_isa.cc (compiled once per instruction set). Plain structures only.
// A *panel* is 32 outputs, a *group* four inputs; packed weights are [panel][group][32][4].
#pragma once

#include <cstdint>

namespace quintet::byte_dense {

constexpr int kPanel = 32, kGroup = 4;
constexpr int kPictures = 4;   // rows of the source that share one reading of the weights

struct Job {
  const uint8_t* source;       // [pictures][groups][4]
  int pictures;                // 1..kPictures
  int64_t groups;
  const int8_t* weights;       // of one panel
  int32_t* sums;               // [pictures][kPanel]
};

using Multiply = void (*)(const Job&);

}  // namespace quintet::byte_dense

// Defined in byte_dense_isa.cc.
namespace quintet::avx2 {
byte_dense::Multiply byte_dense_multiply();
}
namespace quintet::avx512 {
byte_dense::Multiply byte_dense_multiply();
}
