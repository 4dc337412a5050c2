// How the numbers of a value are stored.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

namespace quintet {

/// Quantised (kUint8): real = (stored - zero) * scale. The others are what they are. Narrow: anything but float32.
struct NumberType {
  enum Kind { kFloat32, kBfloat16, kUint8 };
  Kind kind = kFloat32;
  float scale = 1;
  int zero = 0;

  bool is_narrow() const { return kind != kFloat32; }
  bool operator==(const NumberType&) const = default;

  /// The unsigned bytes that cover this range and zero: every real zero, padding too, is exact.
  static NumberType covering(double low, double high);
};

dnnl::memory::data_type onednn_type(NumberType::Kind kind);
/// "f32", "bf16", "int8".
const char* name_of(NumberType::Kind kind);

}  // namespace quintet
