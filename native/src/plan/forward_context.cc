#include "plan/forward_context.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace quintet {

dnnl::algorithm onednn_algorithm(Activation activation) {
  switch (activation) {
    case Activation::kRelu: return dnnl::algorithm::eltwise_relu;
    case Activation::kSigmoid: return dnnl::algorithm::eltwise_logistic;
    case Activation::kTanh: return dnnl::algorithm::eltwise_tanh;
  }
  return dnnl::algorithm::undef;
}

dnnl::primitive_attr ForwardContext::attributes_of(const Operand* out, Arguments* arguments) {
  dnnl::post_ops post_ops;
  for (const PostOp& p : program_node().post_ops) {
    if (p.activation) {
      post_ops.append_eltwise(onednn_algorithm(*p.activation), 0.f, 0.f);
    } else if (builder_.is_in_place_addend(*out, p.addend)) {
      post_ops.append_sum();
    } else {
      Operand addend = builder_.value_in(p.addend, out->layout);
      post_ops.append_binary(dnnl::algorithm::binary_add, addend.desc);
      arguments->emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(post_ops.len() - 1) | DNNL_ARG_SRC_1, addend);
    }
  }
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(post_ops);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

dnnl::primitive_attr ForwardContext::narrow_attributes(const Operand& out, Arguments& arguments) {
  dnnl::post_ops post_ops;
  for (const PostOp& p : program_node().post_ops) {
    if (p.activation) {
      post_ops.append_eltwise(onednn_algorithm(*p.activation), 0.f, 0.f);
    } else {
      const NumberType addend = bring_addend(p.addend, out);
      post_ops.append_sum(addend.scale, addend.zero, onednn_type(addend.kind));
    }
  }
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(post_ops);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  describe_numbers(out.type, DNNL_ARG_DST, attributes, arguments);
  return attributes;
}

/// Into the memory of `out`, unless it lies there; how its numbers are to be understood. Bytes keep their own quantisation.
NumberType ForwardContext::bring_addend(int addend, const Operand& out) {
  if (builder_.is_in_place_addend(out, addend)) return builder_.value(addend).type;
  Operand there = out;
  if (out.type.kind == NumberType::kUint8) there.type = *builder_.program().nodes[addend].narrow_type;
  add_reorder(builder_.value(addend), there);
  return there.type;
}

Operand ForwardContext::packed_integers(const dnnl::memory::desc& desc) {
  const auto dims = desc.get_dims();
  int64_t elements = 1;
  for (int64_t d : dims) elements *= d;
  const int64_t outputs = filters().outputs(), row = elements / outputs;
  const auto plain = builder_.weights().own(node() + ".integers", static_cast<size_t>(elements), [&](void* to) {
    for (int64_t o = 0; o < outputs; ++o) filters().write_integers(o, static_cast<int8_t*>(to) + o * row, row);
    filters().packed(false);
  });
  Operand operand;
  operand.where = Operand::Where::kConstant;
  operand.desc = desc;
  operand.constant = builder_.weights().converted(node() + ".packed integers", desc, row_major(desc, dnnl::memory::data_type::s8), plain->buffer.data());
  return operand;
}

Operand ForwardContext::integer_scales(int64_t length) {
  const int64_t outputs = filters().outputs();
  std::vector<double> scales(outputs);
  for (int64_t o = 0; o < outputs; ++o) scales[o] = narrow_input_type(0).scale * filters().integer_scale(o);
  return packed_vector("integer scales", scales, length, 0);
}

Operand ForwardContext::packed_filters(const dnnl::memory::desc& desc, int64_t in) {
  const auto dims = desc.get_dims();
  const size_t first_spatial = dims.size() == 5 ? 3 : 2;              // groups come before outputs and inputs
  int64_t inner = 1;
  for (size_t i = first_spatial; i < dims.size(); ++i) inner *= dims[i];
  const int64_t outputs = dims.size() == 5 ? dims[0] * dims[1] : dims[0], in_padded = dims[first_spatial - 1];
  const bool filled_up = outputs != filters().outputs() || in_padded != in;
  const void* stored = filled_up ? nullptr : filters().as_stored();
  Operand operand;
  operand.where = Operand::Where::kConstant;
  operand.constant = builder_.weights().packed(node() + ".filters", desc, stored, [&](float* to) { filters().write_weights(to, outputs, in, in_padded, inner); },
                                               [&] { filters().packed(stored != nullptr); });
  operand.desc = desc;
  return operand;
}

Operand ForwardContext::own_filters(const std::string& role, size_t bytes, const std::function<void(void*)>& pack) {
  Operand operand;
  operand.where = Operand::Where::kConstant;
  operand.constant = builder_.weights().own(node() + "." + role, bytes, [&](void* to) {
    pack(to);
    filters().packed(false);
  });
  return operand;
}

Operand ForwardContext::padded_input(const Operand& in, const Padding& zeros) {
  const Shape& shape = input_shape(0);
  const Shape larger = Shape::nchw(shape.n(), shape.c(), shape.h() + zeros.top + zeros.bottom, shape.w() + zeros.left + zeros.right);
  const Operand padded = builder_.temporary(larger, in.layout);
  add_clear(padded);
  add_reorder(in, padded.window(shape, {0, 0, zeros.top, zeros.left}));
  return padded;
}

std::optional<Operand> ForwardContext::addend(Layout layout) {
  for (const PostOp& p : program_node().post_ops) {
    if (p.addend >= 0) return builder_.value_in(p.addend, layout);
  }
  return {};
}

Operand ForwardContext::packed_bias(int64_t outputs) {
  Operand operand;
  operand.where = Operand::Where::kConstant;
  operand.desc = vector_desc(outputs);
  operand.constant = builder_.weights().packed(node() + ".bias", operand.desc, nullptr, [&](float* to) {
    filters().write_bias(to, outputs);
    if (builder_.reads_nan(id_)) std::fill(to, to + filters().outputs(), std::numeric_limits<float>::quiet_NaN());
  });
  return operand;
}

Operand ForwardContext::packed_vector(const std::string& role, const std::vector<double>& values, int64_t length, double rest) {
  Operand operand;
  operand.where = Operand::Where::kConstant;
  operand.desc = vector_desc(length);
  operand.constant = builder_.weights().packed(node() + "." + role, operand.desc, nullptr, [&](float* to) {
    for (int64_t i = 0; i < length; ++i) to[i] = static_cast<float>(i < static_cast<int64_t>(values.size()) ? values[i] : rest);
  });
  return operand;
}

void ForwardContext::add_primitive(const dnnl::primitive_desc_base& description, const Arguments& arguments) {
  builder_.writer().add_primitive(builder_.origin(id_), description, arguments, arguments.at(DNNL_ARG_DST).layout);
}

void ForwardContext::add_kernel(const std::string& kernel, std::vector<Operand> operands, std::function<void(void* const*)> function, size_t scratch_bytes, int64_t work) {
  StepOrigin origin = builder_.origin(id_);
  origin.work = work;
  builder_.writer().add_kernel(origin, kernel, std::move(operands), std::move(function), scratch_bytes);
}

void ForwardContext::add_clear(const Operand& out) {
  const size_t bytes = builder_.writer().root(out.root).bytes;
  add_kernel("clear", {out}, [bytes](void* const* operands) { std::memset(operands[0], 0, bytes); });
}

}  // namespace quintet
