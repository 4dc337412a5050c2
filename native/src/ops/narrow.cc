#include "ops/narrow.h"

namespace quintet {
namespace {

using Type = dnnl::memory::data_type;

/// Of bytes.
void describe_scales(ForwardContext& at, bool grouped, dnnl::primitive_attr& attributes, ForwardContext::Arguments& arguments) {
  const NumberType& in = at.narrow_input_type(0);
  attributes.set_scales_mask(DNNL_ARG_WEIGHTS, grouped ? 3 : 1);
  arguments.emplace(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, at.integer_scales());
  if (in.zero == 0) return;
  attributes.set_zero_points_mask(DNNL_ARG_SRC, 0);
  arguments.emplace(DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_SRC, constant_of(static_cast<int32_t>(in.zero)));
}

}  // namespace

bool add_narrow_linear(ForwardContext& at, const dnnl::memory::dims& weight_dims, const DescribeLinear& describe) {
  const bool bytes = at.narrow_input_type(0).kind == NumberType::kUint8, grouped = weight_dims.size() == 5;
  const dnnl::memory::desc source = at.desc_of(at.input_shape(0), at.narrow_input_form(0));
  const dnnl::memory::desc weights(weight_dims, bytes ? Type::s8 : Type::bf16, dnnl::memory::format_tag::any);
  const dnnl::memory::desc bias = at.has_bias() ? vector_desc(at.filters().outputs()) : dnnl::memory::desc();
  const auto available = [&](const dnnl::primitive_attr& attributes, const dnnl::memory::desc& target) {
    try {
      return !is_reference(describe(source, weights, bias, target, attributes));
    } catch (const dnnl::error&) {
      return false;
    }
  };
  // Asked before anything is appended, without what needs appending: a fused addition.
  dnnl::primitive_attr attributes;
  ForwardContext::Arguments arguments;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  describe_numbers(at.result_form().type, DNNL_ARG_DST, attributes, arguments);
  if (bytes) describe_scales(at, grouped, attributes, arguments);
  if (!available(attributes, at.desc_of(at.output_shape(), at.result_form()))) return false;

  arguments.clear();
  const Operand in = at.narrow_input(0), out = at.output(at.result_form());
  attributes = at.narrow_attributes(out, arguments);
  if (bytes) describe_scales(at, grouped, attributes, arguments);
  if (!available(attributes, out.desc)) {
    at.forget_output();
    return false;
  }
  const auto description = describe(source, weights, bias, out.desc, attributes);
  arguments.emplace(DNNL_ARG_SRC, in);
  arguments.emplace(DNNL_ARG_DST, out);
  const dnnl::memory::desc packed = description.query_md(dnnl::query::weights_md, 0);
  arguments.emplace(DNNL_ARG_WEIGHTS, bytes ? at.packed_integers(packed) : at.packed_filters(packed, weight_dims[grouped ? 2 : 1]));
  if (at.has_bias()) arguments.emplace(DNNL_ARG_BIAS, at.packed_bias(at.filters().outputs()));
  at.add_primitive(description, arguments);
  return true;
}

}  // namespace quintet
