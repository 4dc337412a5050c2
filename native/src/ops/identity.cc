// Operators that do nothing to values in inference: identity, dropout (Srivastava et al. 2014, inverted: scaled in training), flatten.
// Standard: ONNX Identity, Dropout, Flatten (axis 1).
#include "kernels/pointwise.h"
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "train/train_context.h"

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
    const Operand in = at.input_as_output(0);
    at.add_reorder(in, at.output_like(in));
  }

  void train(TrainContext& at) const override { pass_through(at); }

 protected:
  static void pass_through(TrainContext& at) {
    const Operand in = at.input(0);
    at.output_is(in);
    at.backward([layout = in.layout](TrainContext& after) {
      const auto dy = after.owned_output_gradient(layout);
      after.input_gradient_is(0, dy.operand, dy.owned);
    });
  }
};

struct Dropout final : Identity {
  double rate;

  explicit Dropout(double r) : rate(r) {}
  std::string_view name() const override { return "dropout"; }

  /// The gradient draws the same numbers again, so that no mask is stored.
  void train(TrainContext& at) const override {
    if (!at.training() || !at.state().dropout || rate == 0) {
      pass_through(at);
      return;
    }
    const Operand in = at.input(0);
    add_mask(at, in, at.output(in.layout));
    at.backward([this, layout = in.layout](TrainContext& after) {
      const auto dy = after.owned_output_gradient(layout);
      if (!after.wants_gradient(0)) return;
      if (dy.owned) {
        add_mask(after, dy.operand, dy.operand);
        after.input_gradient_is(0, dy.operand, true);
      } else {
        add_mask(after, dy.operand, after.input_gradient(0, layout));
      }
    });
  }

 private:
  void add_mask(TrainContext& at, const Operand& from, const Operand& to) const {
    const auto length = static_cast<int64_t>(to.desc.get_size() / sizeof(float));
    at.add_kernel("dropout", {from, to}, [state = &at.state(), node = static_cast<uint64_t>(at.id()), rate = rate, length](void* const* operands) {
      const uint64_t key = pointwise::mix(pointwise::mix(state->seed, static_cast<uint64_t>(state->steps)), node);
      pointwise::dropout(static_cast<const float*>(operands[0]), rate, key, static_cast<float*>(operands[1]), length);
    });
  }
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

  /// Plain memory is its own flattening.
  void train(TrainContext& at) const override {
    at.output_is(described(at.input(0, Layout::kPlain), at.output_shape()));
    at.backward([](TrainContext& after) {
      const auto dy = after.owned_output_gradient(Layout::kPlain);
      after.input_gradient_is(0, described(dy.operand, after.input_shape(0)), dy.owned);
    });
  }

 private:
  static Operand described(Operand plain, const Shape& shape) {
    plain.desc = plain_desc(shape);
    plain.logical = plain_desc({4, shape.dims});
    return plain;
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
