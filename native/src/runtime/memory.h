// Aligned memory that counts itself, so that `info` and `bench` can say what the native side holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace quintet {

/// 64-byte aligned, zeroed, huge pages asked for from 2 MiB on. Throws Error kMemory naming `what` and the size.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  AlignedBuffer(size_t bytes, const std::string& what);
  /// Memory that somebody else keeps and nobody writes to; not counted.
  static AlignedBuffer borrowed(const void* data, size_t bytes);
  ~AlignedBuffer();
  AlignedBuffer(AlignedBuffer&& other) noexcept;
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept;

  void* data() const { return data_; }
  size_t size() const { return bytes_; }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
  bool owned_ = true;
};

/// Lets the pages of a mapping of a file leave resident memory; they are read again when touched. For mappings made for reading only:
/// other memory would lose its contents.
void give_up_file_pages(const void* data, int64_t bytes);

}  // namespace quintet
