// Elementwise addition of two tensors of one shape. Standard: ONNX Add (no broadcasting).
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"
#include "train/train_context.h"

namespace quintet {
namespace {

struct Addition final : Operator {
  std::string_view name() const override { return "add"; }

  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    if (in[0] != in[1]) throw Error(ErrorKind::kShape, node + ": cannot add " + to_string(in[0]) + " and " + to_string(in[1]));
    return in[0];
  }

  bool is_addition() const override { return true; }
  bool absorbs_activation(Activation) const override { return true; }
  bool keeps_sign() const override { return true; }
  bool writes_slices() const override { return true; }

  void forward(ForwardContext& at) const override {
    const Operand a = at.input_as_output(0);
    const Operand b = at.input(1, a.layout);
    const Operand out = at.output(a.layout);
    at.add_primitive(dnnl::binary::primitive_desc(at.engine(), dnnl::algorithm::binary_add, a.desc, b.desc, out.desc, at.attributes()),
                     {{DNNL_ARG_SRC_0, a}, {DNNL_ARG_SRC_1, b}, {DNNL_ARG_DST, out}});
  }

  Absorption absorbs_in_training(Activation a) const override { return a == Activation::kSigmoid ? Absorption::kNone : Absorption::kResult; }

  void train(TrainContext& at) const override {
    const Operand a = at.input(0), b = at.input(1, a.layout), out = at.output(a.layout);
    const dnnl::binary::primitive_desc description(at.engine(), dnnl::algorithm::binary_add, a.desc, b.desc, out.desc, at.activating_attributes());
    at.add_primitive(description, {{DNNL_ARG_SRC_0, a}, {DNNL_ARG_SRC_1, b}, {DNNL_ARG_DST, out}}, out.layout);
    at.backward([layout = out.layout](TrainContext& after) {
      const Operand dy = after.output_gradient(layout);
      for (int i = 0; i < 2; ++i) after.input_gradient_is(i, dy, false);
    });
  }
};

OperatorPtr parse(const std::string&, Attributes&) { return std::make_shared<Addition>(); }

const Registration kAddition{{"add"}, &parse};

}  // namespace
}  // namespace quintet
