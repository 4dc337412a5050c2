#include "runtime/memory.h"

#include <sys/mman.h>

#include <atomic>
#include <utility>

#include "quintet/error.h"
#include "quintet/model.h"

namespace quintet {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kSmallPage = 4096;

std::atomic<int64_t> held{0};
std::atomic<int64_t> most_held{0};

void count(int64_t bytes) {
  const int64_t now = held += bytes;
  for (int64_t most = most_held; now > most && !most_held.compare_exchange_weak(most, now);) {
  }
}

/// Whole small pages, also behind huge ones: a buffer's end must not cost up to 2 MiB.
size_t mapped_size(size_t bytes) { return (bytes + kSmallPage - 1) / kSmallPage * kSmallPage; }

/// An address on a huge page's boundary, or null.
void* map_huge(size_t size) {
  char* start = static_cast<char*>(mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (start == MAP_FAILED) return nullptr;
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(start) % kHugePage) % kHugePage;
  if (before > 0) munmap(start, before);
  munmap(start + before + size, kHugePage - before);
  madvise(start + before, size, MADV_HUGEPAGE);
  return start + before;
}

void* map_small(size_t size) {
  void* start = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return start == MAP_FAILED ? nullptr : start;
}

}  // namespace

AlignedBuffer::AlignedBuffer(size_t bytes, const std::string& what) : bytes_(bytes) {
  if (bytes == 0) return;
  const size_t size = mapped_size(bytes);
  data_ = bytes >= kHugePage ? map_huge(size) : map_small(size);
  if (data_ == nullptr) throw Error(ErrorKind::kMemory, "cannot get " + std::to_string(bytes) + " bytes of native memory for " + what + "; free memory or raise the process's limit");
  count(static_cast<int64_t>(bytes));
}

AlignedBuffer AlignedBuffer::borrowed(const void* data, size_t bytes) {
  AlignedBuffer buffer;
  buffer.data_ = const_cast<void*>(data);
  buffer.bytes_ = bytes;
  buffer.owned_ = false;
  return buffer;
}

AlignedBuffer::~AlignedBuffer() {
  if (data_ == nullptr || !owned_) return;
  munmap(data_, mapped_size(bytes_));
  held -= static_cast<int64_t>(bytes_);
}

AlignedBuffer::AlignedBuffer(AlignedBuffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)), owned_(other.owned_) {}

AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(owned_, other.owned_);
  return *this;
}

int64_t native_memory() { return held; }
int64_t peak_native_memory() { return most_held; }

}  // namespace quintet
