// TensorTable: the named tensors that a model's constructor reads, each checked once as it is added.
#include <sstream>

#include "quintet/error.h"
#include "quintet/weights.h"

namespace quintet {
namespace {

int64_t element_bytes(const std::string& name, DataType type) {
  switch (type) {
    case DataType::kF64:
    case DataType::kI64:
      return 8;
    case DataType::kF32:
    case DataType::kI32:
      return 4;
    case DataType::kF16:
    case DataType::kBF16:
      return 2;
    case DataType::kU8:
    case DataType::kI8:
      return 1;
  }
  throw Error(ErrorKind::kWeights, name + ": element type " + std::to_string(static_cast<int>(type)) + " is unknown");
}

std::string text(const std::vector<int64_t>& shape) {
  std::ostringstream out;
  out << '[';
  for (size_t i = 0; i < shape.size(); ++i) out << (i == 0 ? "" : ",") << shape[i];
  out << ']';
  return out.str();
}

/// Bytes that `shape` takes; an Error names `name` if a dimension is negative or the product leaves 64 bits.
int64_t expected_bytes(const std::string& name, DataType type, const std::vector<int64_t>& shape) {
  int64_t bytes = element_bytes(name, type);
  for (const int64_t dimension : shape) {
    if (dimension < 0 || __builtin_mul_overflow(bytes, dimension, &bytes)) {
      throw Error(ErrorKind::kWeights, name + ": shape " + text(shape) + " is not that of a tensor in memory");
    }
  }
  return bytes;
}

}  // namespace

void TensorTable::add(const std::string& name, DataType type, const int64_t* shape, int rank, const void* data,
                      int64_t bytes, bool in_file) {
  if (rank < 0) throw Error(ErrorKind::kWeights, name + ": rank " + std::to_string(rank) + " is negative");
  TensorView view{type, std::vector<int64_t>(shape, shape + rank), data, in_file};
  const int64_t expected = expected_bytes(name, type, view.shape);
  if (bytes != expected) {
    throw Error(ErrorKind::kWeights, name + ": shape " + text(view.shape) + " takes " + std::to_string(expected) +
                                         " bytes, but " + std::to_string(bytes) + " are offered");
  }
  if (data == nullptr && bytes != 0) throw Error(ErrorKind::kWeights, name + ": there is no memory behind it");
  put(name, std::move(view));
}

void TensorTable::declare(const std::string& name, DataType type, const std::vector<int64_t>& shape) {
  expected_bytes(name, type, shape);
  put(name, {type, shape, nullptr});
}

void TensorTable::put(const std::string& name, TensorView view) {
  if (!tensors_.emplace(name, std::move(view)).second) {
    throw Error(ErrorKind::kWeights, name + ": there are two tensors of this name");
  }
}

int64_t TensorView::bytes() const { return expected_bytes("a tensor", type, shape); }

const TensorView* TensorTable::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

}  // namespace quintet
