// The tensors from which a saved model is made again (quintet/model.h, ModelParts): their names, and both directions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/graph_data.h"
#include "quintet/weights.h"
#include "runtime/memory.h"

namespace quintet {

/// "packed/<form>": weights as a plan reads them. "as is/<tensor>": a small tensor as it was given. "type/<tensor>": empty, of the type
/// that a tensor has which is there in packed form only.
inline constexpr const char* kPackedPrefix = "packed/";
inline constexpr const char* kAsIsPrefix = "as is/";
inline constexpr const char* kTypePrefix = "type/";

/// A piece of memory that somebody else keeps.
struct SavedTensor {
  const void* data = nullptr;
  int64_t bytes = 0;
};

/// Everything that was packed, by form. Throws Error kFormat for one that does not start on a 64-byte boundary.
std::map<std::string, SavedTensor> packed_of(const TensorTable& saved);

/// The tensors as a graph binds them: small ones as they are; of weights only type and shape, with no data behind.
TensorTable unpacked_of(const TensorTable& saved, const GraphData& graph);

/// Copies of the tensors that are kept beside the packed ones, and the types of the others.
class SmallTensors {
 public:
  SmallTensors() = default;
  SmallTensors(const TensorTable& weights, const GraphData& graph);

  struct Copy {
    std::string name;                       // with its prefix
    DataType type;
    std::vector<int64_t> shape;
    std::vector<char> data;
  };
  const std::vector<Copy>& all() const { return copies_; }

 private:
  std::vector<Copy> copies_;
};

}  // namespace quintet
