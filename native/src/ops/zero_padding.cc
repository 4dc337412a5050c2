// Zeros around height and width. Standard: ONNX Pad, mode constant, value 0.
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"
#include "train/train_context.h"

namespace quintet {
namespace {

struct ZeroPadding final : Operator {
  Padding padding;

  std::string_view name() const override { return "zero_pad"; }
  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    if (in[0].rank != 4) throw Error(ErrorKind::kShape, node + ": zero_pad needs a tensor of rank 4, found " + to_string(in[0]));
    return Shape::nchw(in[0].n(), in[0].c(), in[0].h() + padding.top + padding.bottom, in[0].w() + padding.left + padding.right);
  }
  std::optional<Padding> as_zero_padding() const override { return padding; }
  bool keeps_sign() const override { return true; }

  /// Only where drop_padding could not put the zeros into the next window: clears the output and copies into its middle.
  void forward(ForwardContext& at) const override {
    const Operand in = at.input(0);
    const Operand out = at.output_like(in);
    at.add_clear(out);
    at.add_reorder(in, middle(out, at.input_shape(0)));
  }

  void train(TrainContext& at) const override {
    const Operand in = at.input(0), out = at.output(in.layout);
    at.add_clear(out);
    at.add_reorder(in, middle(out, at.input_shape(0)));
    at.backward([this, layout = in.layout](TrainContext& after) {
      after.input_gradient_is(0, middle(after.output_gradient(layout), after.input_shape(0)), false);
    });
  }

 private:
  Operand middle(const Operand& whole, const Shape& in) const { return whole.window(in, {0, 0, padding.top, padding.left}); }
};

OperatorPtr parse(const std::string&, Attributes& attributes) {
  auto op = std::make_shared<ZeroPadding>();
  op->padding = parse_padding(attributes);
  return op;
}

const Registration kZeroPadding{{"zero_pad"}, &parse};

}  // namespace
}  // namespace quintet
