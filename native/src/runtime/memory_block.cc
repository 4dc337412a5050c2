// MemoryBlock: memory for weights that are in no file, from where the arenas come from too.
#include "quintet/error.h"
#include "quintet/weights.h"
#include "runtime/memory.h"

namespace quintet {
namespace {

constexpr int64_t kMost = int64_t{1} << 47;   // what a process can address; beyond it sizes rounded up to pages would overflow

size_t checked(int64_t bytes, const std::string& what) {
  if (bytes < 0 || bytes > kMost) {
    throw Error(ErrorKind::kMemory, "cannot get " + std::to_string(bytes) + " bytes of native memory for " + what);
  }
  return static_cast<size_t>(bytes);
}

}  // namespace

MemoryBlock::MemoryBlock(int64_t bytes, const std::string& what)
    : buffer_(std::make_unique<AlignedBuffer>(checked(bytes, what), what)), size_(bytes), data_(buffer_->data()) {}

MemoryBlock::~MemoryBlock() = default;

}  // namespace quintet
