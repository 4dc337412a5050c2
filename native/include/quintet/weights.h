// Where weights come from: named views over memory that somebody else owns, files mapped read-only, and memory for those in no file.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace quintet {

enum class DataType { kF32 = 0, kF16 = 1, kBF16 = 2, kF64 = 3, kI64 = 4, kI32 = 5, kU8 = 6, kI8 = 7 };

/// A tensor somewhere in memory: row-major, unaligned allowed, never owned.
struct TensorView {
  DataType type;
  std::vector<int64_t> shape;
  const void* data;
  bool in_file = false;   ///< in a mapping of a file made for reading: pages may be given up, they come back

  int64_t bytes() const;  ///< of all elements
};

/// Named tensors offered to Model's constructor, which copies what it needs: the memory must live until it returns.
class TensorTable {
 public:
  TensorTable() = default;
  /// Throws Error kWeights if the name is taken, or `bytes` is not the product of the shape and the element size.
  /// `in_file`: `data` is in a MappedFile, whose pages the reader gives up once it has packed the tensor.
  void add(const std::string& name, DataType type, const int64_t* shape, int rank, const void* data, int64_t bytes, bool in_file = false);
  /// A tensor of which only type and shape are known. Throws as add().
  void declare(const std::string& name, DataType type, const std::vector<int64_t>& shape);
  const TensorView* find(const std::string& name) const;
  const std::map<std::string, TensorView>& all() const { return tensors_; }

 private:
  void put(const std::string& name, TensorView view);

  std::map<std::string, TensorView> tensors_;
};

/// A file mapped read-only. Throws Error kFormat naming the path and the system's reason.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  int64_t size() const { return size_; }
  const void* data() const { return data_; }
  /// Tells the system that these pages are not needed soon, so that they leave resident memory; they stay readable.
  void release(int64_t offset, int64_t length) const;

 private:
  std::string path_;
  int64_t size_ = 0;
  void* data_ = nullptr;
};

class AlignedBuffer;   // native/src/runtime/memory.h

/// Memory to put weights into that are in no file: 64-byte aligned, counted by native_memory(), given back by the destructor.
class MemoryBlock {
 public:
  /// `what` names it in the Error, kMemory, that is thrown if there is not enough.
  MemoryBlock(int64_t bytes, const std::string& what);
  ~MemoryBlock();
  MemoryBlock(const MemoryBlock&) = delete;
  MemoryBlock& operator=(const MemoryBlock&) = delete;

  int64_t size() const { return size_; }
  void* data() const { return data_; }

 private:
  std::unique_ptr<AlignedBuffer> buffer_;
  int64_t size_;
  void* data_;
};

}  // namespace quintet
