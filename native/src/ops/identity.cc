// Operators that do nothing to values in inference: identity, dropout (Srivastava et al. 2014, inverted: scaled in training), flatten.
// Standard: ONNX Identity, Dropout, Flatten (axis 1).
#include "ops/registry.h"
#include "plan/forward_context.h"

namespace quintet {
namespace {

struct Identity : Operator {
  std::string_view name() const override { return "identity"; }
  Shape infer_shape(const std::string&, std::span<const Shape> in) const override { return in[0]; }
  bool is_identity() const override { return true; }
  bool keeps_sign() const override { return true; }
  bool writes_slices() const override { return true; }

  /// Only where drop_identities is switched off: a copy.
  void forward(ForwardContext& at) const override {
    const Operand in = at.input(0);
    at.add_reorder(in, at.output_like(in));
  }
};

struct Dropout final : Identity {
  double rate;

  explicit Dropout(double r) : rate(r) {}
  std::string_view name() const override { return "dropout"; }
};

struct Flatten final : Operator {
  std::string_view name() const override { return "flatten"; }
  Shape infer_shape(const std::string&, std::span<const Shape> in) const override { return Shape::features(in[0].n(), in[0].c() * in[0].h() * in[0].w()); }
  bool is_reshape() const override { return true; }
  bool keeps_sign() const override { return true; }

  /// Plain N,C,H,W is plain N,features: a copy into plain order.
  void forward(ForwardContext& at) const override {
    const Operand in = at.input(0);
    Operand out = at.output(Layout::kPlain);
    if (at.input_shape(0).rank == 4) out.logical = plain_desc(at.input_shape(0));
    at.add_reorder(in, out);
  }
};

OperatorPtr parse(const std::string& op, Attributes& attributes) {
  if (op == "identity") return std::make_shared<Identity>();
  if (op == "flatten") return std::make_shared<Flatten>();
  const double rate = attributes.real("rate");
  if (!(rate >= 0 && rate < 1)) attributes.fail("dropout rate " + std::to_string(rate) + " is not in [0, 1)");
  return std::make_shared<Dropout>(rate);
}

const Registration kIdentities{{"identity", "dropout", "flatten"}, &parse};

}  // namespace
}  // namespace quintet
