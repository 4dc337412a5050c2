// ReLU, sigmoid, tanh. Standard: ONNX Relu, Sigmoid, Tanh.
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "train/train_context.h"

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
    const Operand in = at.input_as_output(0);
    const Operand out = at.output_like(in);
    if (in.desc == out.desc) {
      add(at, in, out);
      return;
    }
    // oneDNN wants both sides in one layout; a slice of a concatenation and memory of its own are alike only picture by picture.
    for (int64_t n = 0; n < at.output_shape().n(); ++n) add(at, picture(in, n), picture(out, n));
  }

  /// The gradient follows from the result alone, so that a producer may have applied this already.
  void train(TrainContext& at) const override {
    if (at.is_absorbed()) {
      at.output_is(at.input(0));
    } else {
      // Logical descriptions, so that what fills a block up becomes zero again after a sigmoid.
      const Operand given = at.input(0), in = exact(given), out = exact(at.output(given.layout));
      const dnnl::eltwise_forward::primitive_desc description(at.engine(), at.forward_kind(), result_algorithm(), in.desc, out.desc, 0.f, 0.f, at.attributes());
      at.add_primitive(description, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}}, out.layout);
    }
    const bool differentiated = at.is_absorbed() && at.input_operator(0).absorbs_in_training(kind) == Absorption::kResultAndGradient;
    at.backward([this, differentiated](TrainContext& b) { backward(b, differentiated); });
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

  static Operand exact(Operand operand) {
    if (operand.desc.get_ndims() == 4) operand.use_logical();
    return operand;
  }

  dnnl::algorithm result_algorithm() const {
    return kind == Activation::kRelu      ? dnnl::algorithm::eltwise_relu_use_dst_for_bwd
           : kind == Activation::kSigmoid ? dnnl::algorithm::eltwise_logistic_use_dst_for_bwd
                                          : dnnl::algorithm::eltwise_tanh_use_dst_for_bwd;
  }

  void backward(TrainContext& at, bool differentiated) const {
    const Operand y = at.value();
    if (differentiated) {
      const auto whole = at.owned_output_gradient(y.layout);
      at.input_gradient_is(0, whole.operand, whole.owned);
      return;
    }
    if (kind == Activation::kRelu) {
      const auto masked = at.relu_gradient(y);
      at.input_gradient_is(0, masked.operand, masked.owned);
      return;
    }
    const Operand dy = at.output_gradient(y.layout), dx = at.input_gradient(0, y.layout);
    const dnnl::eltwise_forward::primitive_desc hint(at.engine(), dnnl::prop_kind::forward_training, result_algorithm(), y.desc, y.desc, 0.f, 0.f, at.attributes());
    const dnnl::eltwise_backward::primitive_desc description(at.engine(), result_algorithm(), dx.desc, dy.desc, y.desc, 0.f, 0.f, hint, at.attributes());
    at.add_primitive(description, {{DNNL_ARG_DST, y}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, dx}}, dx.layout);
  }
};

OperatorPtr parse(const std::string& op, Attributes&) {
  return std::make_shared<ActivationOperator>(op == "relu" ? Activation::kRelu : op == "sigmoid" ? Activation::kSigmoid : Activation::kTanh);
}

const Registration kActivations{{"relu", "sigmoid", "tanh"}, &parse};

}  // namespace
}  // namespace quintet
