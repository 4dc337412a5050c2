// Softmax over the features of each picture. Standard: ONNX Softmax, axis 1 of a rank 2 tensor.
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"

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
};

OperatorPtr parse(const std::string&, Attributes&) { return std::make_shared<Softmax>(); }

const Registration kSoftmax{{"softmax"}, &parse};

}  // namespace
}  // namespace quintet
