// 2-D convolution (cross-correlation). Standard: ONNX Conv; Keras `same` is a padding attribute.
#include <algorithm>

#include "kernels/tiled.h"
#include "ops/blocked_operand.h"
#include "ops/byte_convolution.h"
#include "ops/narrow.h"
#include "ops/optimized_forms.h"
#include "ops/planar_convolution.h"
#include "ops/registry.h"
#include "ops/tiled_convolution.h"
#include "plan/forward_context.h"
#include "quintet/error.h"
#include "train/train_context.h"

namespace quintet {
namespace {

using Dims = dnnl::memory::dims;

dnnl::memory::desc any_layout(const Dims& dims) { return {dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any}; }

struct Convolution final : Operator {
  int64_t filters = 0;
  int64_t groups = 1;
  bool bias = true;
  Window window;

  std::string_view name() const override { return "convolution"; }

  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    if (in[0].rank != 4) throw Error(ErrorKind::kShape, node + ": convolution needs a tensor of rank 4, found " + to_string(in[0]));
    if (in[0].c() % groups != 0 || filters % groups != 0) {
      throw Error(ErrorKind::kShape, node + ": " + std::to_string(in[0].c()) + " input channels and " + std::to_string(filters) + " filters do not divide into " +
                                         std::to_string(groups) + " groups");
    }
    return Shape::nchw(in[0].n(), filters, window.axis(node, 0, in[0].h()).output, window.axis(node, 1, in[0].w()).output);
  }

  std::vector<ParameterSpec> parameters(std::span<const Shape> in) const override {
    std::vector<ParameterSpec> specs{{"weight", "weight", {filters, in[0].c() / groups, window.kernel[0], window.kernel[1]}}};
    if (bias) specs.push_back({"bias", "bias", {filters}});
    return specs;
  }

  int64_t macs(std::span<const Shape> in, const Shape& out) const override {
    return out.elements() * (in[0].c() / groups) * window.kernel[0] * window.kernel[1];
  }

  std::string geometry() const override {
    const auto pair = [](const std::array<int64_t, 2>& v) { return std::to_string(v[0]) + "x" + std::to_string(v[1]); };
    const Padding& p = window.padding;
    const std::string padding = window.same ? "same" : std::to_string(p.top) + "," + std::to_string(p.left) + "," + std::to_string(p.bottom) + "," + std::to_string(p.right);
    return pair(window.kernel) + " stride " + pair(window.stride) + " dilation " + pair(window.dilation) + " padding " + padding + " groups " + std::to_string(groups);
  }

  bool is_linear() const override { return true; }
  bool mixes_channels() const override { return groups == 1; }
  bool writes_slices() const override { return groups == 1; }
  bool absorbs_addition() const override { return true; }
  // Runs of a merged convolution are filled up to whole blocks, in which a sigmoid would make 0.5 of zeros.
  bool absorbs_activation(Activation a) const override { return a != Activation::kSigmoid || merge_key().empty(); }

  // The same in training of any block that is filled up.
  Absorption absorbs_in_training(Activation a) const override { return a != Activation::kSigmoid ? Absorption::kResult : Absorption::kNone; }

  OperatorPtr with_input_padding(const Padding& zeros, bool) const override {
    if (window.same) return nullptr;
    auto padded = std::make_shared<Convolution>(*this);
    padded->window.padding = window.padding + zeros;
    return padded;
  }

  /// Sums over windows of results are results of a larger kernel, each of whose weights is a sum of some of these.
  std::optional<SummedOperator> with_window_sums(const WindowSums& sums) const override {
    constexpr double kWorthwhile = 0.4;              // of the multiplications: about as many as Winograd's algorithm leaves where it is for this one only
    if (window.same || window.dilation != std::array<int64_t, 2>{1, 1} || groups != 1) return {};
    const KernelSums kernels{window.kernel, sums.kernel, window.stride};
    auto larger = std::make_shared<Convolution>(*this);
    double before = 1, after = 1;
    for (int axis : {0, 1}) {
      larger->window.kernel[axis] = kernels.extent(axis);
      larger->window.stride[axis] = sums.stride[axis] * window.stride[axis];
      before *= static_cast<double>(window.kernel[axis] * sums.stride[axis]);
      after *= static_cast<double>(larger->window.kernel[axis]);
    }
    if (after > kWorthwhile * before) return {};
    return SummedOperator{larger, kernels};
  }

  OperatorPtr as_dense(const std::string& node, const Shape& in) const override {
    const std::array<int64_t, 2> whole{in.h(), in.w()}, one{1, 1};
    if (groups != 1 || window.kernel != whole || window.dilation != one || window.same || window.padding != Padding{}) return nullptr;
    Attributes attributes(node, "units=" + std::to_string(filters) + " bias=" + (bias ? "true" : "false"));
    return make_operator("dense", attributes);
  }

  std::string merge_key() const override {
    const bool pointwise = window.kernel == std::array<int64_t, 2>{1, 1} && window.stride == std::array<int64_t, 2>{1, 1} && window.padding == Padding{};
    return pointwise && groups == 1 ? "convolution 1x1" : "";
  }

  OperatorPtr merged(int64_t all) const override {
    auto op = std::make_shared<Convolution>(*this);
    op->filters = all;
    return op;
  }

  std::optional<TiledShape> tiled_shape(const std::string& node, const Shape& in, const Shape& out, int block) const override {
    const int64_t taps = window.kernel[0], stride = window.stride[0];
    const bool applies = (taps == 1 || taps == 3 || taps == 5) && window.kernel[1] == taps && window.stride[1] == stride &&
                         window.dilation == std::array<int64_t, 2>{1, 1} && groups == 1;
    const AxisWindow y = window.axis(node, 0, in.h()), x = window.axis(node, 1, in.w());
    if (!applies || std::max({y.begin, y.end, x.begin, x.end}) >= taps) return {};
    return TiledShape{in.n(), in.c(), out.c(), in.h(), in.w(), y.begin, x.begin, out.h(), out.w(), block, 0, static_cast<int>(taps), stride};
  }

  std::optional<ConvolutionShape> convolution_shape(const std::string& node, const Shape& in, const Shape& out) const override {
    if (groups != 1 || window.dilation != std::array<int64_t, 2>{1, 1}) return {};
    return ConvolutionShape{in.n(), in.c(), filters, in.h(), in.w(), window.kernel[0], window.kernel[1], window.stride[0], window.stride[1],
                            window.axis(node, 0, in.h()).begin, window.axis(node, 1, in.w()).begin, out.h(), out.w()};
  }

  std::optional<PlanarShape> planar_shape(const std::string& node, const Shape& in, const Shape& out, int block) const override {
    const auto shape = convolution_shape(node, in, out);
    if (!shape || in.c() > PlanarConvolution::kMostOfBlock) return {};
    return PlanarShape{*shape, block, in.c() > PlanarConvolution::kMostPlanes ? block : 0};
  }

  void train(TrainContext& at) const override {
    // Forward with the small tile only, whose rounding is half that of a direct convolution: what rounding does to activations decides
    // ReLUs and maxima near a tie, and with them gradients as a whole. A gradient's own rounding stays as small as it is.
    const bool relu_or_none = at.absorbed_activation().value_or(Activation::kRelu) == Activation::kRelu;
    const auto kernel = relu_or_none && !reads_a_picture(at) ? training_winograd(at, tiled_shape(at.node(), at.input_shape(0), at.output_shape(), at.block()), 2) : nullptr;
    if (kernel) {
      train_by_winograd(at, kernel);
    } else {
      train_directly(at);
    }
  }

  bool computes(NumberType::Kind) const override { return true; }

  void forward(ForwardContext& at) const override {
    if (at.is_narrow() && narrow(at)) return;
    if (at.tile() != 0) {
      forward_tiled(at, *tiled_shape(at.node(), at.input_shape(0), at.output_shape(), at.block()));
    } else if (at.planar()) {
      forward_planar(at, *planar_shape(at.node(), at.input_shape(0), at.output_shape(), at.block()));
    } else {
      direct(at);
    }
  }

 private:
  struct Geometry {
    Dims strides, dilation, begin, end;
  };

  template <typename Context>
  Geometry geometry(const Context& at) const {
    const AxisWindow y = window.axis(at.node(), 0, at.input_shape(0).h()), x = window.axis(at.node(), 1, at.input_shape(0).w());
    return {{window.stride[0], window.stride[1]}, {window.dilation[0] - 1, window.dilation[1] - 1}, {y.begin, x.begin}, {y.end, x.end}};
  }

  /// The operand as the primitives see it: whole blocks on both sides, so that no kernel has tails; exact channels where groups divide them.
  Operand side(Operand operand) const {
    if (groups > 1) operand.desc = operand.logical;
    return operand;
  }

  Dims weight_dims(int64_t outputs, int64_t inputs) const {
    if (groups > 1) return {groups, outputs / groups, inputs / groups, window.kernel[0], window.kernel[1]};
    return {outputs, inputs, window.kernel[0], window.kernel[1]};
  }

  /// A picture's one or three channels are read as they come; oneDNN has first-layer kernels for that.
  static bool reads_a_picture(const TrainContext& at) {
    const int64_t channels = at.input_shape(0).c();
    return (channels == 1 || channels == 3) && at.input(0).layout == Layout::kPlain;
  }

  void train_directly(TrainContext& at) const {
    const int64_t in_channels = at.input_shape(0).c();
    const Operand in = side(at.input(0, reads_a_picture(at) ? Layout::kPlain : Layout::kBlocked));
    const Operand out = side(at.output(Layout::kBlocked));
    const Geometry g = geometry(at);
    const dnnl::memory::desc weights = any_layout(weight_dims(out.desc.get_dims()[1], in.desc.get_dims()[1]));
    const dnnl::memory::desc bias_desc = bias ? vector_desc(out.desc.get_dims()[1]) : dnnl::memory::desc();
    const dnnl::primitive_attr attributes = at.activating_attributes();
    const auto [description, sides] = optimized(in, out, [&](const Sides& s) {
      return dnnl::convolution_forward::primitive_desc(at.engine(), dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, s.source, weights, bias_desc,
                                                       s.target, g.strides, g.dilation, g.begin, g.end, attributes);
    });
    const Operand target = sides.target == out.desc ? out : at.memory(sides.target);
    TrainContext::Arguments arguments{{DNNL_ARG_SRC, at.in_form(in, sides.source)}, {DNNL_ARG_DST, target},
                                      {DNNL_ARG_WEIGHTS, at.parameter(0, description.weights_desc(), weight_dims(filters, in_channels))}};
    if (bias) arguments.emplace(DNNL_ARG_BIAS, at.vector_parameter(1, out.desc.get_dims()[1], filters));
    at.add_primitive(description, arguments, Layout::kBlocked);
    if (target.root != out.root) at.copy_form(target, out);
    leave_gradients(at, in, description);
  }

  /// The gradient of the weights is oneDNN's in any case; that of the input may be Winograd's.
  void leave_gradients(TrainContext& at, const Operand& in, const dnnl::convolution_forward::primitive_desc& hint) const {
    at.backward([=, this](TrainContext& after) {
      const Operand dy = side(after.output_gradient(Layout::kBlocked));
      if (after.learns()) gradient_of_weights(after, in, dy, hint);
      if (!after.wants_gradient(0)) return;
      if (const auto kernel = in.layout == Layout::kBlocked ? training_winograd(after, transposed_shape(after), 4) : nullptr) {
        gradient_of_input_by_winograd(after, kernel, dy);
      } else {
        gradient_of_input(after, in, dy, hint);
      }
    });
  }

  void gradient_of_weights(TrainContext& at, const Operand& in, const Operand& dy, const dnnl::convolution_forward::primitive_desc& hint) const {
    const Geometry g = geometry(at);
    const dnnl::memory::desc weights = any_layout(weight_dims(dy.desc.get_dims()[1], in.desc.get_dims()[1]));
    const bool biased = bias && !at.offsets_are_ignored();      // else its gradient stays what it was at first: zero
    const dnnl::memory::desc bias_desc = biased ? vector_desc(dy.desc.get_dims()[1]) : dnnl::memory::desc();
    const auto [description, sides] = optimized(in, dy, [&](const Sides& s) {
      return dnnl::convolution_backward_weights::primitive_desc(at.engine(), dnnl::algorithm::convolution_direct, s.source, weights, bias_desc, s.target, g.strides, g.dilation,
                                                                g.begin, g.end, hint, at.attributes());
    });
    TrainContext::Arguments arguments{{DNNL_ARG_SRC, at.in_form(in, sides.source)}, {DNNL_ARG_DIFF_DST, at.in_form(dy, sides.target)},
                                      {DNNL_ARG_DIFF_WEIGHTS, at.parameter_gradient(0, description.diff_weights_desc())}};
    if (biased) arguments.emplace(DNNL_ARG_DIFF_BIAS, at.parameter_gradient(1, bias_desc));
    at.add_primitive(description, arguments, Layout::kBlocked);
  }

  void gradient_of_input(TrainContext& at, const Operand& in, const Operand& dy, const dnnl::convolution_forward::primitive_desc& hint) const {
    const Geometry g = geometry(at);
    const Operand dx = side(at.input_gradient(0, in.layout));
    const dnnl::memory::desc weights = any_layout(weight_dims(dy.desc.get_dims()[1], in.desc.get_dims()[1]));
    const auto [description, sides] = optimized(dx, dy, [&](const Sides& s) {
      return dnnl::convolution_backward_data::primitive_desc(at.engine(), dnnl::algorithm::convolution_direct, s.source, weights, s.target, g.strides, g.dilation, g.begin,
                                                             g.end, hint, at.attributes());
    });
    const Operand source = sides.source == dx.desc ? dx : at.memory(sides.source);
    const Operand filters_there = at.parameter(0, description.weights_desc(), weight_dims(filters, at.input_shape(0).c()));
    at.add_primitive(description, {{DNNL_ARG_DIFF_DST, at.in_form(dy, sides.target)}, {DNNL_ARG_DIFF_SRC, source}, {DNNL_ARG_WEIGHTS, filters_there}}, dx.layout);
    if (source.root != dx.root) at.copy_form(source, dx);
  }

  bool narrow(ForwardContext& at) const {
    if (at.byte_kernel() != ByteKernel::kOneDnn) {
      forward_bytes(at, *convolution_shape(at.node(), at.input_shape(0), at.output_shape()));
      return true;
    }
    const Geometry g = geometry(at);
    return add_narrow_linear(at, weight_dims(filters, at.input_shape(0).c()), [&](const auto& source, const auto& weights, const auto& bias_desc, const auto& target, const auto& attributes) {
      return dnnl::convolution_forward::primitive_desc(at.engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, source, weights, bias_desc, target,
                                                       g.strides, g.dilation, g.begin, g.end, attributes);
    });
  }

  void direct(ForwardContext& at) const {
    const int64_t in_channels = at.input_shape(0).c();
    const bool padded = groups == 1;                       // whole blocks on both sides: no tails in any kernel
    // A picture's one or three channels are read as they come; oneDNN has first-layer kernels for that.
    const std::optional<Layout> packed_layout = at.packed_layout();
    Operand in = at.input(0, packed_layout.value_or(in_channels == 1 || in_channels == 3 ? at.input(0).layout : Layout::kBlocked));
    Operand out = at.output(Layout::kBlocked);
    // oneDNN keeps zeros zero in the last block of exact channels.
    if (at.finish() == Finish::kSigmoid && filters % at.block() != 0 && out.byte_offset == 0) out.use_logical();
    const auto side = [&](const Operand& o) { return padded ? o.desc : o.logical; };

    ForwardContext::Arguments arguments;
    const dnnl::primitive_attr attributes = at.attributes(out, &arguments);
    const int64_t channels = padded ? side(in).get_dims()[1] : in_channels, outputs = padded ? side(out).get_dims()[1] : filters;
    Dims weight_dims{outputs, channels, window.kernel[0], window.kernel[1]};
    if (groups > 1) weight_dims = {groups, filters / groups, in_channels / groups, window.kernel[0], window.kernel[1]};
    const bool biased = at.has_bias();
    const dnnl::memory::desc bias_desc = biased ? vector_desc(outputs) : dnnl::memory::desc();
    Geometry g = geometry(at);
    const auto describe = [&] {
      return dnnl::convolution_forward::primitive_desc(at.engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, side(in),
                                                       {weight_dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any}, bias_desc, side(out),
                                                       g.strides, g.dilation, g.begin, g.end, attributes);
    };
    auto description = describe();
    if (!packed_layout && in.layout == Layout::kPlain && is_reference(description)) {
      in = at.input(0, Layout::kBlocked);
      if (padded) weight_dims[1] = side(in).get_dims()[1];
      description = describe();
    }
    if (padded && !in.logical.is_zero() && is_reference(description)) {   // some kernels are too large for padding (AVX2: over 7): store the zeros
      in = at.padded_input(in, {g.begin[0], g.begin[1], g.end[0], g.end[1]});
      g.begin = g.end = {0, 0};
      description = describe();
    }
    at.set_packed_layout(in.layout);
    arguments.emplace(DNNL_ARG_SRC, in);
    arguments.emplace(DNNL_ARG_DST, out);
    arguments.emplace(DNNL_ARG_WEIGHTS, at.packed_filters(description.weights_desc(), groups > 1 ? in_channels / groups : in_channels));
    if (biased) arguments.emplace(DNNL_ARG_BIAS, at.packed_bias(outputs));
    at.add_primitive(description, arguments);
  }

  /// The kernel for a shape whose weights are transformed anew in every step; null where direct convolution is expected to be faster.
  static std::shared_ptr<const TiledConvolution> training_winograd(const TrainContext& at, std::optional<TiledShape> shape, int largest_tile) {
    if (!shape || shape->taps == 1 || shape->stride > 1) return nullptr;
    const CoreModel& core = core_model();
    shape->tile = std::min(largest_tile, choose_tile(*shape, at.threads(), core, PermittedTiles{}).tile);
    if (shape->tile == 0) return nullptr;
    auto kernel = std::make_shared<const TiledConvolution>(*shape, at.threads());
    // Transforming writes the packed weights once, and running reads them from where they were written.
    const double pack_ms = static_cast<double>(kernel->packed_bytes()) / core.memory_bytes_per_ns * 1e-6 / at.threads();
    const bool pays = tiled_estimate_ms(*shape, at.threads(), kernel->schedule(), core) + pack_ms < direct_estimate_ms(*shape, at.threads(), core);
    return pays && kernel->packs_blocked() ? kernel : nullptr;
  }

  /// The convolution that computes the gradient of the input: outputs become inputs, kernels are turned, padding is what they overhang.
  std::optional<TiledShape> transposed_shape(const TrainContext& at) const {
    const auto forward = tiled_shape(at.node(), at.input_shape(0), at.output_shape(), at.block());
    if (!forward) return {};
    TiledShape shape = *forward;
    std::swap(shape.in_channels, shape.out_channels);
    std::swap(shape.height, shape.out_height);
    std::swap(shape.width, shape.out_width);
    shape.pad_top = shape.taps - 1 - shape.pad_top;
    shape.pad_left = shape.taps - 1 - shape.pad_left;
    return shape;
  }

  /// Appends the transform of the weights: those of `outputs_innermost` blocks have the forward convolution's outputs as lanes.
  Operand transformed_weights(TrainContext& at, const std::shared_ptr<const TiledConvolution>& kernel, bool outputs_innermost) const {
    using Tag = dnnl::memory::format_tag;
    const Tag forward = at.block() == 16 ? Tag::OIhw16i16o : Tag::OIhw8i8o, backward = at.block() == 16 ? Tag::IOhw16o16i : Tag::IOhw8o8i;
    const Dims exact = weight_dims(filters, at.input_shape(0).c());
    Dims whole = exact;
    for (int side : {0, 1}) whole[side] = round_up(whole[side], at.block());
    const Operand blocked = at.parameter(0, {whole, dnnl::memory::data_type::f32, outputs_innermost ? forward : backward}, exact);
    const Operand packed = at.memory(vector_desc(static_cast<int64_t>(kernel->packed_bytes() / sizeof(float))));
    at.add_kernel("winograd weights", {blocked, packed}, [=](void* const* o) {
      kernel->pack_blocked(static_cast<const float*>(o[0]), !outputs_innermost, static_cast<float*>(o[1]));
    });
    return packed;
  }

  static void add_winograd(TrainContext& at, const std::shared_ptr<const TiledConvolution>& kernel, const TiledOperands& operands) {
    TiledStep step = tiled_step(kernel, operands);
    at.add_kernel(kernel_name(kernel->shape()), std::move(step.operands), std::move(step.run), kernel->scratch_bytes());
  }

  void train_by_winograd(TrainContext& at, const std::shared_ptr<const TiledConvolution>& kernel) const {
    const Operand in = at.input(0, Layout::kBlocked), out = at.output(Layout::kBlocked);
    const Operand packed = transformed_weights(at, kernel, true);
    const int64_t outputs = out.desc.get_dims()[1];
    const std::optional<Operand> shift = bias ? std::optional(at.vector_parameter(1, outputs, filters)) : std::nullopt;
    add_winograd(at, kernel, {in, packed, shift, {}, at.absorbed_activation() ? Epilogue::kRelu : Epilogue::kNone, out});
    const Geometry g = geometry(at);
    const dnnl::convolution_forward::primitive_desc hint(at.engine(), dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, in.desc,
                                                         any_layout(weight_dims(outputs, in.desc.get_dims()[1])), bias ? vector_desc(outputs) : dnnl::memory::desc(),
                                                         out.desc, g.strides, g.dilation, g.begin, g.end, at.attributes());
    leave_gradients(at, in, hint);
  }

  void gradient_of_input_by_winograd(TrainContext& at, const std::shared_ptr<const TiledConvolution>& kernel, const Operand& dy) const {
    const Operand packed = transformed_weights(at, kernel, false);
    add_winograd(at, kernel, {dy, packed, {}, {}, Epilogue::kNone, at.input_gradient(0, Layout::kBlocked)});
  }
};

OperatorPtr parse(const std::string&, Attributes& attributes) {
  auto op = std::make_shared<Convolution>();
  op->filters = attributes.integer("filters");
  op->groups = attributes.integer("groups", 1);
  op->bias = attributes.flag("bias", true);
  op->window = Window::parse(attributes, false);
  if (op->window.ceil) attributes.fail("a convolution has no ceil mode");
  if (op->filters < 1 || op->filters > (1 << 24) || op->groups < 1) attributes.fail("filters and groups must be 1 or more");
  return op;
}

const Registration kConvolution{{"convolution"}, &parse};

}  // namespace
}  // namespace quintet
