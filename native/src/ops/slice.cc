#include "ops/slice.h"

#include "plan/forward_context.h"

namespace quintet {
namespace {

struct Slice final : Operator {
  int64_t channels;

  explicit Slice(int64_t c) : channels(c) {}
  std::string_view name() const override { return "slice"; }
  Shape infer_shape(const std::string&, std::span<const Shape> in) const override { return Shape::nchw(in[0].n(), channels, in[0].h(), in[0].w()); }
  bool keeps_sign() const override { return true; }
  /// Its place in its input's memory is set by the pass that made it.
  void forward(ForwardContext& at) const override { at.output_is_placed(); }
};

}  // namespace

OperatorPtr make_slice(int64_t channels) { return std::make_shared<Slice>(channels); }

}  // namespace quintet
