// Softmax over the features of each picture. Standard: ONNX Softmax, axis 1 of a rank 2 tensor.
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"
#include "train/train_context.h"

namespace quintet {
namespace {

struct Softmax final : Operator {
  std::string_view name() const override { return "softmax"; }

  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    if (in[0].rank != 2) throw Error(ErrorKind::kShape, node + ": softmax needs a tensor of rank 2, found " + to_string(in[0]));
    return in[0];
  }

  void forward(ForwardContext& at) const override {
    const Operand in = at.input(0, Layout::kPlain);
    const Operand out = at.output(Layout::kPlain);
    at.add_primitive(dnnl::softmax_forward::primitive_desc(at.engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::softmax_accurate, in.desc, out.desc, 1,
                                                           at.attributes()),
                     {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
  }

  /// In the middle of a network only: a head's softmax is part of its loss.
  void train(TrainContext& at) const override {
    const Operand in = at.input(0, Layout::kPlain), out = at.output(Layout::kPlain);
    const dnnl::softmax_forward::primitive_desc description(at.engine(), at.forward_kind(), dnnl::algorithm::softmax_accurate, in.desc, out.desc, 1, at.attributes());
    at.add_primitive(description, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}}, out.layout);
    at.backward([description, out](TrainContext& after) {
      const Operand dy = after.output_gradient(Layout::kPlain), dx = after.input_gradient(0, Layout::kPlain);
      const dnnl::softmax_backward::primitive_desc gradient(after.engine(), dnnl::algorithm::softmax_accurate, dx.desc, dy.desc, out.desc, 1, description, after.attributes());
      after.add_primitive(gradient, {{DNNL_ARG_DST, out}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, dx}}, dx.layout);
    });
  }
};

OperatorPtr parse(const std::string&, Attributes&) { return std::make_shared<Softmax>(); }

const Registration kSoftmax{{"softmax"}, &parse};

}  // namespace
}  // namespace quintet
