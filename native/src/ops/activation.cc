// ReLU, sigmoid, tanh. Standard: ONNX Relu, Sigmoid, Tanh.
#include "ops/registry.h"
#include "plan/forward_context.h"

namespace quintet {
namespace {

struct ActivationOperator final : Operator {
  Activation kind;

  explicit ActivationOperator(Activation k) : kind(k) {}
  std::string_view name() const override { return kind == Activation::kRelu ? "relu" : kind == Activation::kSigmoid ? "sigmoid" : "tanh"; }
  Shape infer_shape(const std::string&, std::span<const Shape> in) const override { return in[0]; }
  std::optional<Activation> as_activation() const override { return kind; }
  bool keeps_sign() const override { return true; }
  bool writes_slices() const override { return true; }

  void forward(ForwardContext& at) const override {
    const Operand in = at.input(0);
    const Operand out = at.output_like(in);
    if (in.desc == out.desc) {
      add(at, in, out);
      return;
    }
    // oneDNN wants both sides in one layout; a slice of a concatenation and memory of its own are alike only picture by picture.
    for (int64_t n = 0; n < at.output_shape().n(); ++n) add(at, picture(in, n), picture(out, n));
  }

 private:
  static Operand picture(const Operand& batch, int64_t n) {
    Operand one = batch;
    dnnl::memory::dims dims = batch.desc.get_dims();
    dims[0] = 1;
    one.desc = batch.desc.submemory_desc(dims, dnnl::memory::dims(dims.size(), 0));
    one.byte_offset += n * batch.desc.get_strides()[0] * static_cast<int64_t>(sizeof(float));
    return one;
  }

  void add(ForwardContext& at, const Operand& in, const Operand& out) const {
    at.add_primitive(dnnl::eltwise_forward::primitive_desc(at.engine(), dnnl::prop_kind::forward_inference, onednn_algorithm(kind), in.desc, out.desc, 0.f, 0.f,
                                                           at.attributes()),
                     {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
  }
};

OperatorPtr parse(const std::string& op, Attributes&) {
  return std::make_shared<ActivationOperator>(op == "relu" ? Activation::kRelu : op == "sigmoid" ? Activation::kSigmoid : Activation::kTanh);
}

const Registration kActivations{{"relu", "sigmoid", "tanh"}, &parse};

}  // namespace
}  // namespace quintet
