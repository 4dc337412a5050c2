#include "plan/operand.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace quintet {
namespace {

using Tag = dnnl::memory::format_tag;

template <typename Number>
Operand one_number(Number value, dnnl::memory::data_type type) {
  const dnnl::memory::desc desc({1}, type, Tag::a);
  auto tensor = std::make_shared<PackedTensor>(PackedTensor{desc, AlignedBuffer(sizeof value, "a constant")});
  std::memcpy(tensor->buffer.data(), &value, sizeof value);
  Operand operand;
  operand.where = Operand::Where::kConstant;
  operand.desc = desc;
  operand.constant = std::move(tensor);
  return operand;
}

}  // namespace

NumberType NumberType::covering(double low, double high) {
  constexpr double kSteps = 255;
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  NumberType type{kUint8};
  if (high > low) type.scale = static_cast<float>((high - low) / kSteps);
  type.zero = static_cast<int>(std::clamp(std::nearbyint(-low / type.scale), 0.0, kSteps));
  return type;
}

dnnl::memory::data_type onednn_type(NumberType::Kind kind) {
  switch (kind) {
    case NumberType::kBfloat16: return dnnl::memory::data_type::bf16;
    case NumberType::kUint8: return dnnl::memory::data_type::u8;
    case NumberType::kFloat32: break;
  }
  return dnnl::memory::data_type::f32;
}

const char* name_of(NumberType::Kind kind) { return kind == NumberType::kBfloat16 ? "bf16" : kind == NumberType::kUint8 ? "int8" : "f32"; }

const char* name_of(Layout layout) { return layout == Layout::kPlain ? "plain" : layout == Layout::kBlocked ? "blocked" : "channels-last"; }

dnnl::memory::desc plain_desc(const Shape& shape) {
  using Type = dnnl::memory::data_type;
  return shape.rank == 2 ? dnnl::memory::desc({shape.n(), shape.c()}, Type::f32, Tag::nc) : dnnl::memory::desc({shape.n(), shape.c(), shape.h(), shape.w()}, Type::f32, Tag::nchw);
}

dnnl::memory::desc vector_desc(int64_t length) { return {{length}, dnnl::memory::data_type::f32, Tag::a}; }

dnnl::memory::desc row_major(const dnnl::memory::desc& desc, dnnl::memory::data_type type) {
  const auto dims = desc.get_dims();
  dnnl::memory::dims strides(dims.size(), 1);
  for (size_t i = dims.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * dims[i];
  return {dims, type, strides};
}

Operand constant_of(float value) { return one_number(value, dnnl::memory::data_type::f32); }
Operand constant_of(int32_t value) { return one_number(value, dnnl::memory::data_type::s32); }

Operand Operand::window(const Shape& shape, const dnnl::memory::dims& offsets) const {
  Operand part = *this;
  const dnnl::memory::dims dims{shape.n(), shape.c(), shape.h(), shape.w()};
  const int64_t block = layout == Layout::kBlocked ? desc.get_inner_blks()[0] : 1;
  dnnl::memory::dims filled_up = dims;
  filled_up[1] = round_up(dims[1], block);
  // The start goes into the address, not into the description: some primitives overlook an offset there.
  const dnnl::memory::dims start(4, 0), strides = desc.get_strides();
  part.desc = desc.submemory_desc(filled_up, start);
  // A run that ends within a block in the middle of the memory has no description in oneDNN without the rest of that block.
  const bool describable = dims[1] % block == 0 || offsets[1] + dims[1] == logical.get_dims()[1];
  part.logical = describable ? logical.submemory_desc(dims, offsets) : dnnl::memory::desc();
  const int64_t elements = offsets[0] * strides[0] + offsets[1] / block * strides[1] + offsets[2] * strides[2] + offsets[3] * strides[3];
  part.byte_offset += elements * static_cast<int64_t>(dnnl::memory::data_type_size(desc.get_data_type()));
  return part;
}

}  // namespace quintet
