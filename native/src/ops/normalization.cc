// Batch normalisation (Ioffe & Szegedy 2015; ONNX BatchNormalization), scale and shift a channel, and local response
// normalisation across channels (Krizhevsky et al. 2012; ONNX LRN: alpha is divided by the size, as in Caffe).
#include <cmath>
#include <functional>

#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"
#include "train/train_context.h"

namespace quintet {
namespace {

/// The same by a multiplication and an addition behind it: for tensors that are pieces of others, which oneDNN's batch normalisation refuses.
void add_product_and_sum(ForwardContext& at, const ChannelAffine& affine, const Operand& in, const Operand& out) {
  const auto whole = in.desc.get_dims();
  const dnnl::memory::desc per_channel({1, whole[1], 1, 1}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::nchw);
  const auto constant = [&](const char* role, const std::vector<double>& values) {
    Operand operand = at.packed_vector(role, values, whole[1], 0);
    operand.desc = per_channel;
    return operand;
  };
  dnnl::post_ops shift;
  shift.append_binary(dnnl::algorithm::binary_add, per_channel);
  dnnl::primitive_attr attributes = at.attributes();
  attributes.set_post_ops(shift);
  at.add_primitive(dnnl::binary::primitive_desc(at.engine(), dnnl::algorithm::binary_mul, in.desc, per_channel, out.desc, attributes),
                   {{DNNL_ARG_SRC_0, in},
                    {DNNL_ARG_SRC_1, constant("scale", affine.scale)},
                    {DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, constant("shift", affine.shift)},
                    {DNNL_ARG_DST, out}});
}

/// y = scale[c] * x + shift[c] as a step of its own, where it could not be folded into a convolution: oneDNN's batch
/// normalisation with mean 0 and variance 1.
void add_channel_affine(ForwardContext& at, const ChannelAffine& affine) {
  const Operand in = at.input(0, Layout::kBlocked);
  const Operand out = at.output(Layout::kBlocked);
  const int64_t channels = in.desc.get_dims()[1];
  const auto flags = dnnl::normalization_flags::use_global_stats | dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;
  const dnnl::batch_normalization_forward::primitive_desc description(at.engine(), dnnl::prop_kind::forward_inference, in.desc, out.desc, 0.f, flags, at.attributes(),
                                                                      /*allow_empty=*/true);
  if (!description) {
    add_product_and_sum(at, affine, in, out);
    return;
  }
  const auto constant = [&](const char* role, const std::vector<double>& values, double rest) { return at.packed_vector(role, values, channels, rest); };
  at.add_primitive(description, {{DNNL_ARG_SRC, in},
                                 {DNNL_ARG_DST, out},
                                 {DNNL_ARG_MEAN, constant("mean", {}, 0)},
                                 {DNNL_ARG_VARIANCE, constant("variance", {}, 1)},
                                 {DNNL_ARG_SCALE, constant("scale", affine.scale, 0)},
                                 {DNNL_ARG_SHIFT, constant("shift", affine.shift, 0)}});
}

using Flags = dnnl::normalization_flags;

/// A normalisation in training or evaluation with oneDNN: scale and shift are the node's parameters 0 and 1.
struct NormalizationSteps {
  Operand in, out, mean, variance;
  std::optional<Operand> workspace;
  Flags flags;
  dnnl::batch_normalization_forward::primitive_desc description;

  /// `mean` and `variance` are read if `flags` say so, else written.
  NormalizationSteps(TrainContext& at, float epsilon, Flags f, const std::function<Operand(int64_t)>& a_mean, const std::function<Operand(int64_t)>& a_variance)
      : in(at.input(0, Layout::kBlocked)), out(at.output(Layout::kBlocked)), flags(f | Flags::use_scale | Flags::use_shift) {
    const int64_t channels = length();
    if (at.absorbed_activation()) flags = flags | Flags::fuse_norm_relu;
    mean = a_mean(channels);
    variance = a_variance(channels);
    description = {at.engine(), at.forward_kind(), in.desc, out.desc, epsilon, flags, at.attributes()};
    TrainContext::Arguments arguments{{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}, {DNNL_ARG_MEAN, mean}, {DNNL_ARG_VARIANCE, variance},
                                      {DNNL_ARG_SCALE, parameter(at, 0)}, {DNNL_ARG_SHIFT, parameter(at, 1)}};
    workspace = at.workspace(description.workspace_desc());
    if (workspace) arguments.emplace(DNNL_ARG_WORKSPACE, *workspace);
    at.add_primitive(description, arguments, out.layout);
  }

  int64_t length() const { return in.desc.get_dims()[1]; }

  void backward(TrainContext& at, float epsilon) const {
    const Operand dy = at.output_gradient(Layout::kBlocked);
    if (!at.wants_gradient(0) && !at.learns()) return;
    const Operand dx = at.wants_gradient(0) ? at.input_gradient(0, Layout::kBlocked) : at.memory(in.desc);
    const dnnl::batch_normalization_backward::primitive_desc gradient(at.engine(), dnnl::prop_kind::backward, dx.desc, dy.desc, in.desc, epsilon, flags, description, at.attributes());
    TrainContext::Arguments arguments{{DNNL_ARG_SRC, in},         {DNNL_ARG_MEAN, mean},   {DNNL_ARG_VARIANCE, variance},
                                      {DNNL_ARG_DIFF_DST, dy},    {DNNL_ARG_DIFF_SRC, dx}, {DNNL_ARG_SCALE, parameter(at, 0)}};
    // oneDNN wants a place for these even where nobody does.
    const auto of_parameter = [&](int i) { return at.learns() ? at.parameter_gradient(i, vector_desc(length())) : at.memory(vector_desc(length())); };
    arguments.emplace(DNNL_ARG_DIFF_SCALE, of_parameter(0));
    arguments.emplace(DNNL_ARG_DIFF_SHIFT, of_parameter(1));
    if (workspace) arguments.emplace(DNNL_ARG_WORKSPACE, *workspace);
    at.add_primitive(gradient, arguments, dx.layout);
  }

 private:
  Operand parameter(TrainContext& at, int i) const { return at.vector_parameter(i, length(), at.input_shape(0).c()); }
};

struct BatchNorm final : Operator {
  double epsilon = 1e-3, momentum = 0.99;
  bool unbiased = false;        // the moving variance takes the unbiased estimate (PyTorch), not the biased (Keras)
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

  Absorption absorbs_in_training(Activation a) const override { return a == Activation::kRelu ? Absorption::kResultAndGradient : Absorption::kNone; }

  bool ignores_offsets() const override { return true; }

  /// Statistics of the batch, biased; those of a frozen layer or in an evaluation are the moving ones.
  void train(TrainContext& at) const override {
    const int64_t channels = at.input_shape(0).c();
    const auto moving = [&](int i) { return [&at, channels, i](int64_t length) { return at.vector_parameter(i, length, channels); }; };
    const auto fresh = [&at](int64_t length) { return at.memory(vector_desc(length)); };
    const bool of_batch = at.learns();
    const NormalizationSteps steps = of_batch ? NormalizationSteps(at, static_cast<float>(epsilon), Flags::none, fresh, fresh)
                                              : NormalizationSteps(at, static_cast<float>(epsilon), Flags::use_global_stats, moving(2), moving(3));
    if (of_batch) move_statistics(at, steps);
    at.backward([steps, this](TrainContext& after) { steps.backward(after, static_cast<float>(epsilon)); });
  }

 private:
  /// At the end of the step, if its loss is a number: moving = momentum * moving + (1 - momentum) * batch's.
  void move_statistics(TrainContext& at, const NormalizationSteps& steps) const {
    const int64_t channels = at.input_shape(0).c(), length = steps.length();
    const double values = static_cast<double>(at.input_shape(0).elements() / channels);
    const float kept = static_cast<float>(momentum), taken = static_cast<float>(1 - momentum);
    const float taken_variance = static_cast<float>((1 - momentum) * (unbiased && values > 1 ? values / (values - 1) : 1));
    at.defer_kernel("moving statistics", {steps.mean, steps.variance, at.vector_parameter(2, length, channels), at.vector_parameter(3, length, channels)},
                    [=, state = &at.state()](void* const* o) {
                      if (!state->is_finite()) return;
                      const float *mean = static_cast<const float*>(o[0]), *variance = static_cast<const float*>(o[1]);
                      float *moving_mean = static_cast<float*>(o[2]), *moving_variance = static_cast<float*>(o[3]);
                      for (int64_t c = 0; c < channels; ++c) {
                        moving_mean[c] = kept * moving_mean[c] + taken * mean[c];
                        moving_variance[c] = kept * moving_variance[c] + taken_variance * variance[c];
                      }
                    });
  }
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

  /// A normalisation with mean 0 and variance 1.
  void train(TrainContext& at) const override {
    const auto all = [&at](float value) { return [&at, value](int64_t length) { return at.constant(length, value); }; };
    const NormalizationSteps steps(at, 0, Flags::use_global_stats, all(0), all(1));
    at.backward([steps](TrainContext& after) { steps.backward(after, 0); });
  }
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

  void train(TrainContext& at) const override {
    const Operand in = at.input(0, Layout::kBlocked), out = at.output(Layout::kBlocked);
    const auto how = dnnl::algorithm::lrn_across_channels;
    const float a = static_cast<float>(alpha), b = static_cast<float>(beta), base = static_cast<float>(k);
    const dnnl::lrn_forward::primitive_desc description(at.engine(), at.forward_kind(), how, in.desc, out.desc, size, a, b, base, at.attributes());
    TrainContext::Arguments arguments{{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}};
    const auto workspace = at.workspace(description.workspace_desc());
    if (workspace) arguments.emplace(DNNL_ARG_WORKSPACE, *workspace);
    at.add_primitive(description, arguments, out.layout);
    at.backward([=, this](TrainContext& after) {
      const Operand dy = after.output_gradient(Layout::kBlocked), dx = after.input_gradient(0, Layout::kBlocked);
      const dnnl::lrn_backward::primitive_desc gradient(after.engine(), how, dx.desc, dy.desc, in.desc, size, a, b, base, description, after.attributes());
      TrainContext::Arguments given{{DNNL_ARG_SRC, in}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, dx}};
      if (workspace) given.emplace(DNNL_ARG_WORKSPACE, *workspace);
      after.add_primitive(gradient, given, dx.layout);
    });
  }
};

OperatorPtr parse(const std::string& op, Attributes& attributes) {
  if (op == "batch_norm") {
    auto norm = std::make_shared<BatchNorm>();
    norm->epsilon = attributes.real("epsilon");
    norm->momentum = attributes.real("momentum", 0.99);
    norm->unbiased = attributes.flag("unbiased", false);
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
  constexpr int64_t kLargest = (1 << 20) + 1;   // more than there are channels anywhere; keeps sums in range
  if (lrn->size < 1 || lrn->size > kLargest || lrn->size % 2 == 0) attributes.fail("lrn size must be odd and positive");
  return lrn;
}

const Registration kNormalization{{"batch_norm", "scale_shift", "lrn"}, &parse};

}  // namespace
}  // namespace quintet
