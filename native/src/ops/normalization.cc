// Batch normalisation (Ioffe & Szegedy 2015; ONNX BatchNormalization), scale and shift a channel, and local response
// normalisation across channels (Krizhevsky et al. 2012; ONNX LRN: alpha is divided by the size, as in Caffe).
#include <cmath>

#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"

namespace quintet {
namespace {

/// y = scale[c] * x + shift[c] as a step of its own, where it could not be folded into a convolution: oneDNN's batch
/// normalisation with mean 0 and variance 1.
void add_channel_affine(ForwardContext& at, const ChannelAffine& affine) {
  const Operand in = at.input(0, Layout::kBlocked);
  const Operand out = at.output(Layout::kBlocked);
  const int64_t channels = in.desc.get_dims()[1];
  dnnl::primitive_attr attributes = at.attributes();
  const auto flags = dnnl::normalization_flags::use_global_stats | dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;
  const dnnl::batch_normalization_forward::primitive_desc description(at.engine(), dnnl::prop_kind::forward_inference, in.desc, out.desc, 0.f, flags, attributes);
  const auto constant = [&](const char* role, const std::vector<double>& values, double rest) { return at.packed_vector(role, values, channels, rest); };
  at.add_primitive(description, {{DNNL_ARG_SRC, in},
                                 {DNNL_ARG_DST, out},
                                 {DNNL_ARG_MEAN, constant("mean", {}, 0)},
                                 {DNNL_ARG_VARIANCE, constant("variance", {}, 1)},
                                 {DNNL_ARG_SCALE, constant("scale", affine.scale, 0)},
                                 {DNNL_ARG_SHIFT, constant("shift", affine.shift, 0)}});
}

struct BatchNorm final : Operator {
  double epsilon = 1e-3, momentum = 0.99;
  std::vector<std::string> names{"gamma", "beta", "mean", "var"};

  std::string_view name() const override { return "batch_norm"; }
  Shape infer_shape(const std::string&, std::span<const Shape> in) const override { return in[0]; }
  bool writes_slices() const override { return true; }

  std::vector<ParameterSpec> parameters(std::span<const Shape> in) const override {
    const std::vector<int64_t> shape{in[0].c()};
    return {{names[0], "gamma", shape}, {names[1], "beta", shape}, {names[2], "mean", shape}, {names[3], "var", shape}};
  }

  std::optional<ChannelAffine> as_channel_affine(const ParameterValues& p) const override {
    ChannelAffine affine{p[0], p[1]};
    for (size_t c = 0; c < affine.scale.size(); ++c) {
      affine.scale[c] = p[0][c] / std::sqrt(p[3][c] + epsilon);
      affine.shift[c] = p[1][c] - affine.scale[c] * p[2][c];
    }
    return affine;
  }

  void forward(ForwardContext& at) const override { add_channel_affine(at, *as_channel_affine(at.parameters())); }
};

struct ScaleShift final : Operator {
  std::vector<std::string> names{"weight", "bias"};

  std::string_view name() const override { return "scale_shift"; }
  Shape infer_shape(const std::string&, std::span<const Shape> in) const override { return in[0]; }
  bool writes_slices() const override { return true; }

  std::vector<ParameterSpec> parameters(std::span<const Shape> in) const override {
    return {{names[0], "weight", {in[0].c()}}, {names[1], "bias", {in[0].c()}}};
  }

  std::optional<ChannelAffine> as_channel_affine(const ParameterValues& p) const override { return ChannelAffine{p[0], p[1]}; }
  void forward(ForwardContext& at) const override { add_channel_affine(at, *as_channel_affine(at.parameters())); }
};

struct LocalResponse final : Operator {
  int64_t size = 5;
  double alpha = 1e-4, beta = 0.75, k = 1;

  std::string_view name() const override { return "lrn"; }
  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    if (in[0].rank != 4) throw Error(ErrorKind::kShape, node + ": lrn needs a tensor of rank 4, found " + to_string(in[0]));
    return in[0];
  }
  bool keeps_sign() const override { return true; }

  void forward(ForwardContext& at) const override {
    const Operand in = at.input(0, Layout::kBlocked);
    const Operand out = at.output(Layout::kBlocked);
    const dnnl::lrn_forward::primitive_desc description(at.engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::lrn_across_channels, in.desc, out.desc,
                                                        size, static_cast<float>(alpha), static_cast<float>(beta), static_cast<float>(k), at.attributes());
    at.add_primitive(description, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
  }
};

OperatorPtr parse(const std::string& op, Attributes& attributes) {
  if (op == "batch_norm") {
    auto norm = std::make_shared<BatchNorm>();
    norm->epsilon = attributes.real("epsilon");
    norm->momentum = attributes.real("momentum", 0.99);
    norm->names = attributes.words("names", 4, norm->names);
    if (!(norm->epsilon >= 0)) attributes.fail("epsilon must not be negative");
    return norm;
  }
  if (op == "scale_shift") {
    auto affine = std::make_shared<ScaleShift>();
    affine->names = attributes.words("names", 2, affine->names);
    return affine;
  }
  auto lrn = std::make_shared<LocalResponse>();
  lrn->size = attributes.integer("size", 5);
  lrn->alpha = attributes.real("alpha");
  lrn->beta = attributes.real("beta");
  lrn->k = attributes.real("k");
  if (lrn->size < 1 || lrn->size % 2 == 0) attributes.fail("lrn size must be odd");
  return lrn;
}

const Registration kNormalization{{"batch_norm", "scale_shift", "lrn"}, &parse};

}  // namespace
}  // namespace quintet
