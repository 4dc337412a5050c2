// The weights of a convolution or dense layer as the passes see them: parts one after another along the output channels,
// each with what was folded into it. Values are read from the caller's tensors only while packing.
#pragma once

#include <optional>
#include <vector>

#include "ops/operator.h"
#include "quintet/weights.h"

namespace quintet {

/// All elements as doubles / floats, whatever the stored type. Throws Error kWeights for integer types other than int8 (as it is, without
/// a scale).
std::vector<double> as_doubles(const TensorView& tensor);
void copy_as_floats(const TensorView& tensor, int64_t first, int64_t count, float* to);

struct FilterPart {
  TensorView weight;                 // [O, ...]
  std::vector<float> scales;         // [O] where the weight is int8: value = int8 * scale[o]; else empty
  std::optional<TensorView> bias;    // [O]
  int64_t outputs = 0;               // O and any zero filters behind it
  std::optional<KernelSums> sums;    // the kernels are sums of those in `weight`, and so many times the bias is added
  ChannelAffine affine;              // applied after the bias; empty: none
};

class Filters {
 public:
  std::vector<FilterPart> parts;

  int64_t outputs() const;
  bool has_bias() const;
  /// Puts y' = scale * y + shift behind every part's outputs.
  void fold(const ChannelAffine& affine);
  /// Every output becomes the sum of its values at several places, times a factor. Once only.
  void fold(const KernelSums& sums, double factor);
  bool has_sums() const;
  /// The weights of one output, as write_filter writes them without filling up.
  int64_t inputs() const;
  /// The weights themselves, if they can be read where they lie: one part, float32, nothing folded or filled up.
  const void* as_stored() const;
  /// The weights are int8 in the file, and used as they are: one part of so many outputs as there are filters.
  bool is_integer() const { return parts.size() == 1 && !has_sums() && !parts.front().scales.empty() && parts.front().outputs == parts.front().weight.shape[0]; }
  /// Of integer weights: what an output's integers stand for, with what was folded into them.
  double integer_scale(int64_t output) const;
  /// One output's integers as they lie, `count` of them from the file.
  void write_integers(int64_t output, int8_t* to, int64_t count) const;
  /// One output's weights, row-major [in_padded, inner] from [in, inner], the rest zero.
  void write_filter(int64_t output, float* to, int64_t in, int64_t in_padded, int64_t inner) const;
  /// Row-major [outputs_padded, in_padded, inner] from [O, in, inner], the rest zero.
  void write_weights(float* to, int64_t outputs_padded, int64_t in, int64_t in_padded, int64_t inner) const;
  void write_bias(float* to, int64_t outputs_padded) const;
  /// To be called once the weights are packed, while the caller's tensors are there: lets the pages of files leave resident memory.
  /// `as_they_lie`: they were not written by write_weights or write_filter.
  void packed(bool as_they_lie) const;
  /// A weight, or what was folded into it, is no number. Known once they are packed.
  bool has_nan() const { return has_nan_; }

 private:
  mutable bool has_nan_ = false;   // seen while they were read for the first plan, which one thread makes
};

}  // namespace quintet
