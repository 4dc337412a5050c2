// The contract between byte_dense.cc and byte_dense_isa.cc (compiled once per instruction set, with AVX-512 also for CPUs with VNNI). Plain structures only.
// A *panel* is 16 outputs, a *group* four inputs; packed weights are [panel][group][16][4].
#pragma once

#include <cstdint>

namespace quintet::byte_dense {

constexpr int kPanel = 16, kGroup = 4;
constexpr int kPictures = 4;   // rows of the source that share one reading of the weights
constexpr int kStreams = 4;    // panels read at the same time: a core reads memory faster by several sequences at once than by one

struct Job {
  const uint8_t* source;       // [pictures][groups][4]
  int pictures;                // 1..kPictures
  int64_t groups;
  const int8_t* weights;       // of the first panel
  int streams;                 // 1, or with one picture kStreams: this many panels
  int64_t stream_bytes;        // from one to the next
  int32_t* sums;               // [pictures][streams][kPanel]
};

using Multiply = void (*)(const Job&);

}  // namespace quintet::byte_dense

// Defined in byte_dense_isa.cc.
namespace quintet::avx2 {
byte_dense::Multiply byte_dense_multiply();
}
namespace quintet::avx512_vnni {
byte_dense::Multiply byte_dense_multiply();
}
namespace quintet::avx512 {
byte_dense::Multiply byte_dense_multiply();
}
