// How steps name memory: layouts, packed weights, and a piece of a value.
#pragma once

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>

#include "graph/shape.h"
#include "kernels/rounding.h"
#include "plan/number_type.h"
#include "runtime/memory.h"

namespace quintet {

/// kPlain: N,C,H,W or N,features, dense. kBlocked: N, C/block, H, W, block with C filled up by zeros (oneDNN's nChw8c, nChw16c).
/// kChannelsLast: N,H,W,C without filling; what narrow numbers lie in.
enum class Layout { kPlain, kBlocked, kChannelsLast };
const char* name_of(Layout layout);

/// How a value lies in memory.
struct Form {
  Layout layout = Layout::kPlain;
  NumberType type;
  Form(Layout l) : layout(l) {}   // NOLINT: a layout is that form in float32
  Form(Layout l, const NumberType& t) : layout(l), type(t) {}
  bool operator==(const Form&) const = default;
};

/// Weights in the form that one step reads. Shared by every plan of a model.
struct PackedTensor {
  dnnl::memory::desc desc;   // empty where an own kernel defines the form
  AlignedBuffer buffer;
};

/// A piece of memory as a step reads or writes it.
struct Operand {
  enum class Where { kRoot, kConstant };
  Where where = Where::kRoot;
  int root = -1;                                  // index of the plan's memory root
  std::shared_ptr<const PackedTensor> constant;
  Layout layout = Layout::kPlain;
  NumberType type;
  dnnl::memory::desc desc;                        // channels filled up where blocked; starts byte_offset behind the root's start
  int64_t byte_offset = 0;                        // in a constant too
  dnnl::memory::desc logical;                     // the same piece, rank 4, with the exact number of channels; counts from the root's start

  Form form() const { return {layout, type}; }
  /// From here on `desc` is the logical description.
  void use_logical() {
    desc = logical;
    if (where == Where::kRoot) byte_offset = 0;
  }
  /// The piece of this one that starts at `offsets` (N,C,H,W) and has this shape.
  Operand window(const Shape& shape, const dnnl::memory::dims& offsets) const;
};

dnnl::memory::desc plain_desc(const Shape& shape);        // rank as the shape's
dnnl::memory::desc vector_desc(int64_t length);
/// The same dimensions without blocks.
dnnl::memory::desc row_major(const dnnl::memory::desc& desc, dnnl::memory::data_type type = dnnl::memory::data_type::f32);
/// One number in memory of its own.
Operand constant_of(float value);
Operand constant_of(int32_t value);

}  // namespace quintet
