#include "graph/shape.h"

#include <span>

#include "quintet/error.h"

namespace quintet {
namespace {

int64_t product(std::span<const int64_t> dims, const std::string& node) {
  constexpr int64_t kLargest = int64_t{1} << 46;
  int64_t product = 1;
  for (int64_t d : dims) {
    if (d < 0 || (d > 0 && product > kLargest / d)) {
      throw Error(ErrorKind::kShape, (node.empty() ? "" : node + ": ") + "shape " + to_string(std::vector<int64_t>(dims.begin(), dims.end())) + " is negative or too large");
    }
    product *= d;
  }
  return product;
}

}  // namespace

int64_t checked_product(const std::vector<int64_t>& dims, const std::string& node) { return product(dims, node); }

int64_t Shape::elements() const { return product({dims.data(), static_cast<size_t>(rank)}, {}); }

std::string to_string(const std::vector<int64_t>& dims) {
  std::string text;
  for (int64_t d : dims) text += (text.empty() ? "" : "x") + std::to_string(d);
  return text.empty() ? "scalar" : text;
}

std::string to_string(const Shape& shape) { return to_string(shape.as_vector()); }

}  // namespace quintet
