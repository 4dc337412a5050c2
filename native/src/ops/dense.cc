// Fully connected layer: y = W x + b over all features of a picture, in logical C,H,W order. Standard: ONNX Gemm (transB) after Flatten.
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"

namespace quintet {
namespace {

struct Dense final : Operator {
  int64_t units = 0;
  bool bias = true;

  std::string_view name() const override { return "dense"; }
  Shape infer_shape(const std::string&, std::span<const Shape> in) const override { return Shape::features(in[0].n(), units); }

  std::vector<ParameterSpec> parameters(std::span<const Shape> in) const override {
    std::vector<ParameterSpec> specs{{"weight", "weight", {units, features(in[0])}}};
    if (bias) specs.push_back({"bias", "bias", {units}});
    return specs;
  }

  int64_t macs(std::span<const Shape> in, const Shape& out) const override { return out.elements() * features(in[0]); }

  bool is_linear() const override { return true; }
  bool accepts_any_rank() const override { return true; }
  bool absorbs_activation(Activation) const override { return true; }
  bool absorbs_addition() const override { return true; }

  /// The input keeps its layout; the weights are packed to match it.
  void forward(ForwardContext& at) const override {
    const Operand in = at.input(0);
    const Operand out = at.output(Layout::kPlain);
    ForwardContext::Arguments arguments{{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}};
    const dnnl::primitive_attr attributes = at.attributes(out, &arguments);
    dnnl::memory::dims weight_dims = in.desc.get_dims();
    weight_dims[0] = units;
    const bool biased = at.filters().has_bias();
    const dnnl::inner_product_forward::primitive_desc description(
        at.engine(), dnnl::prop_kind::forward_inference, in.desc, {weight_dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any},
        biased ? vector_desc(units) : dnnl::memory::desc(), out.desc, attributes);
    arguments.emplace(DNNL_ARG_WEIGHTS, at.packed_filters(description.weights_desc(), at.input_shape(0).c()));
    if (biased) arguments.emplace(DNNL_ARG_BIAS, at.packed_bias(units));
    at.add_primitive(description, arguments);
  }

 private:
  static int64_t features(const Shape& in) { return in.c() * in.h() * in.w(); }
};

OperatorPtr parse(const std::string&, Attributes& attributes) {
  auto op = std::make_shared<Dense>();
  op->units = attributes.integer("units");
  op->bias = attributes.flag("bias", true);
  if (op->units < 1 || op->units > (1 << 24)) attributes.fail("units must be 1 or more");
  return op;
}

const Registration kDense{{"dense"}, &parse};

}  // namespace
}  // namespace quintet
