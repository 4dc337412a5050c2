// Logical shapes: N,C,H,W (rank 4) or N,features (rank 2).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace quintet {

struct Shape {
  int rank = 0;
  std::array<int64_t, 4> dims{1, 1, 1, 1};   // beyond the rank: 1, so that every shape can be read as N,C,H,W

  static Shape nchw(int64_t n, int64_t c, int64_t h, int64_t w) { return {4, {n, c, h, w}}; }
  static Shape features(int64_t n, int64_t c) { return {2, {n, c, 1, 1}}; }

  int64_t n() const { return dims[0]; }
  int64_t c() const { return dims[1]; }
  int64_t h() const { return dims[2]; }
  int64_t w() const { return dims[3]; }
  /// Throws Error kShape if the product does not fit.
  int64_t elements() const;
  std::vector<int64_t> as_vector() const { return {dims.begin(), dims.begin() + rank}; }
  bool operator==(const Shape&) const = default;
};

/// "1x64x56x56"
std::string to_string(const Shape& shape);
std::string to_string(const std::vector<int64_t>& dims);

/// Product of the dimensions; throws Error kShape, naming `node`, if one is negative or the product exceeds 2^46 (no tensor here is that large).
int64_t checked_product(const std::vector<int64_t>& dims, const std::string& node = {});

}  // namespace quintet
