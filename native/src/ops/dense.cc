// Fully connected layer: y = W x + b over all features of a picture, in logical C,H,W order. Standard: ONNX Gemm (transB) after Flatten.
#include "kernels/byte_dense.h"
#include "ops/narrow.h"
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"
#include "train/train_context.h"

namespace quintet {
namespace {

struct Dense final : Operator {
  int64_t units = 0;
  bool bias = true;

  std::string_view name() const override { return "dense"; }
  Shape infer_shape(const std::string&, std::span<const Shape> in) const override { return Shape::features(in[0].n(), units); }

  std::vector<ParameterSpec> parameters(std::span<const Shape> in) const override {
    std::vector<ParameterSpec> specs{{"weight", "weight", {units, features(in[0])}}};
    if (bias) specs.push_back({"bias", "bias", {units}});
    return specs;
  }

  int64_t macs(std::span<const Shape> in, const Shape& out) const override { return out.elements() * features(in[0]); }

  bool is_linear() const override { return true; }
  bool mixes_channels() const override { return true; }
  bool is_matrix_product() const override { return true; }
  bool accepts_any_rank() const override { return true; }
  bool computes(NumberType::Kind) const override { return true; }
  bool absorbs_activation(Activation) const override { return true; }
  bool absorbs_addition() const override { return true; }
  Absorption absorbs_in_training(Activation) const override { return Absorption::kResult; }

  /// The input keeps the layout that it has in a model's first plan; the weights are packed to match it.
  void forward(ForwardContext& at) const override {
    if (at.is_narrow() && (at.narrow_input_type(0).kind == NumberType::kUint8 ? byte_kernel(at) : narrow(at))) return;
    if (at.dense_storage()) {
      own_kernel(at, *at.dense_storage());
    } else {
      inner_product(at);
    }
  }

  void train(TrainContext& at) const override {
    const Operand in = at.input(0), out = at.output(Layout::kPlain);
    dnnl::memory::dims weight_dims = in.desc.get_dims(), exact = in.logical.get_dims();
    weight_dims[0] = exact[0] = units;
    exact.resize(weight_dims.size());
    const dnnl::memory::desc any_weights(weight_dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any);
    const dnnl::memory::desc bias_desc = bias ? vector_desc(units) : dnnl::memory::desc();
    const dnnl::inner_product_forward::primitive_desc description(at.engine(), dnnl::prop_kind::forward_training, in.desc, any_weights, bias_desc, out.desc,
                                                                  at.activating_attributes());
    TrainContext::Arguments arguments{{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}, {DNNL_ARG_WEIGHTS, at.parameter(0, description.weights_desc(), exact)}};
    if (bias) arguments.emplace(DNNL_ARG_BIAS, at.vector_parameter(1, units, units));
    at.add_primitive(description, arguments, out.layout);
    at.backward([=, this](TrainContext& after) {
      const Operand dy = after.output_gradient(Layout::kPlain);
      if (after.learns()) {
        const dnnl::inner_product_backward_weights::primitive_desc of_weights(after.engine(), in.desc, any_weights, bias_desc, dy.desc, description, after.attributes());
        TrainContext::Arguments given{{DNNL_ARG_SRC, in}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_WEIGHTS, after.parameter_gradient(0, of_weights.diff_weights_desc())}};
        if (bias) given.emplace(DNNL_ARG_DIFF_BIAS, after.parameter_gradient(1, bias_desc));
        after.add_primitive(of_weights, given, dy.layout);
      }
      if (!after.wants_gradient(0)) return;
      Operand dx = after.input_gradient(0, in.layout);
      const dnnl::inner_product_backward_data::primitive_desc of_input(after.engine(), dx.desc, any_weights, dy.desc, description, after.attributes());
      after.add_primitive(of_input, {{DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, dx}, {DNNL_ARG_WEIGHTS, after.parameter(0, of_input.weights_desc(), exact)}}, dx.layout);
    });
  }

 private:
  static int64_t features(const Shape& in) { return in.c() * in.h() * in.w(); }

  /// As it lies, unless the channels that fill up its last block would be many: weights are read for them too, which takes longer than to
  /// leave them out.
  static Operand input(ForwardContext& at) {
    constexpr int64_t kMost = 8;         // of so many channels one
    const Layout before = at.input(0).layout;
    const int64_t channels = at.input_shape(0).c(), blocked = round_up(channels, at.block());
    const bool hollow = before == Layout::kBlocked && kMost * (blocked - channels) > blocked;
    const Operand in = at.input(0, at.packed_layout().value_or(hollow ? Layout::kPlain : before));
    at.set_packed_layout(in.layout);
    return in;
  }

  bool narrow(ForwardContext& at) const {
    dnnl::memory::dims weight_dims = at.desc_of(at.input_shape(0), at.narrow_input_form(0)).get_dims();
    weight_dims[0] = units;
    return add_narrow_linear(at, weight_dims, [&](const auto& source, const auto& weights, const auto& bias_desc, const auto& target, const auto& attributes) {
      return dnnl::inner_product_forward::primitive_desc(at.engine(), dnnl::prop_kind::forward_inference, source, weights, bias_desc, target, attributes);
    });
  }

  /// An own kernel for any number of pictures: oneDNN 3.13's inner product of bytes is wrong on CPUs without VNNI.
  bool byte_kernel(ForwardContext& at) const {
    const Operand in = at.narrow_input(0), out = at.output(Layout::kPlain);
    const Shape shape = at.input_shape(0);
    const int64_t inner = shape.h() * shape.w(), inputs = shape.c() * inner;
    const auto kernel = std::make_shared<const ByteDenseKernel>(inputs, units, at.threads());
    const Operand weights = at.own_filters("byte dense", kernel->packed_bytes(), [&](void* to) {
      std::vector<int8_t> logical(inputs);
      kernel->pack([&](int64_t o, int8_t* row) {
        at.filters().write_integers(o, logical.data(), inputs);
        reorder_to_blocks(logical.data(), row, {shape.c(), inner, shape.c()});
      }, to);
    });
    const bool biased = at.has_bias();
    const Operand scales = at.integer_scales(), bias = biased ? at.packed_bias(units) : scales;
    const int64_t pictures = shape.n();
    const bool relu = at.epilogue_order() == Epilogue::kRelu;
    const int zero = in.type.zero;
    at.add_kernel("dense bytes", {in, weights, scales, bias, out},
                  [=](void* const* o) {
                    kernel->run(static_cast<const uint8_t*>(o[0]), zero, pictures, o[1], static_cast<const float*>(o[2]), biased ? static_cast<const float*>(o[3]) : nullptr, relu,
                                static_cast<float*>(o[4]), o[5]);
                  },
                  kernel->scratch_bytes());
    return true;
  }

  void inner_product(ForwardContext& at) const {
    const Operand in = input(at), out = at.output(Layout::kPlain);
    ForwardContext::Arguments arguments{{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}};
    const dnnl::primitive_attr attributes = at.attributes(out, &arguments);
    dnnl::memory::dims weight_dims = in.desc.get_dims();
    weight_dims[0] = units;
    const bool biased = at.has_bias();
    const dnnl::inner_product_forward::primitive_desc description(
        at.engine(), dnnl::prop_kind::forward_inference, in.desc, {weight_dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any},
        biased ? vector_desc(units) : dnnl::memory::desc(), out.desc, attributes);
    arguments.emplace(DNNL_ARG_WEIGHTS, at.packed_filters(description.weights_desc(), at.input_shape(0).c()));
    if (biased) arguments.emplace(DNNL_ARG_BIAS, at.packed_bias(units));
    at.add_primitive(description, arguments);
  }

  void own_kernel(ForwardContext& at, DenseStorage storage) const {
    const Operand in = input(at), out = at.output(Layout::kPlain);
    const Shape shape = at.input_shape(0);
    const int64_t block = in.layout == Layout::kBlocked ? at.block() : 1;
    const int64_t channels = round_up(shape.c(), block), inner = shape.h() * shape.w();
    const auto kernel = std::make_shared<const DenseKernel>(channels * inner, units, storage, at.threads());
    const Operand weights = at.own_filters("dense" + std::to_string(static_cast<int>(storage)), kernel->packed_bytes(), [&](void* to) {
      if (storage == DenseStorage::kInt8) {
        pack_integers(at.filters(), *kernel, {channels, inner, block}, shape.c(), to);
      } else {
        std::vector<float> logical(channels * inner);
        kernel->pack([&](int64_t o, float* row) {
          at.filters().write_filter(o, logical.data(), shape.c(), channels, inner);
          reorder_to_blocks(logical.data(), row, {channels, inner, block});
        }, to);
      }
    });
    const Operand bias = at.packed_bias(units);
    const int64_t stride = in.desc.get_strides()[0];
    const int pictures = static_cast<int>(shape.n());
    const Finish finish = *at.finish();
    at.add_kernel(std::string("dense ") + to_string(storage), {in, weights, bias, out},
                  [=](void* const* operands) {
                    kernel->run(static_cast<const float*>(operands[0]), stride, pictures, operands[1], static_cast<const float*>(operands[2]), finish,
                                static_cast<float*>(operands[3]));
                  });
  }

  struct Blocks {
    int64_t channels, inner, block;
  };

  /// [channels, inner] to [channels / block, inner, block], the order in which a blocked picture lies.
  template <typename Number>
  static void reorder_to_blocks(const Number* from, Number* to, const Blocks& b) {
    for (int64_t c = 0; c < b.channels; ++c) {
      Number* lane = to + c / b.block * b.inner * b.block + c % b.block;
      for (int64_t i = 0; i < b.inner; ++i) lane[i * b.block] = from[c * b.inner + i];
    }
  }

  /// The file's own integers, not rounded again.
  static void pack_integers(const Filters& filters, const DenseKernel& kernel, const Blocks& blocks, int64_t channels, void* to) {
    std::vector<int8_t> logical(blocks.channels * blocks.inner, 0);
    kernel.pack_integers([&](int64_t o, int8_t* row) {
      filters.write_integers(o, logical.data(), channels * blocks.inner);
      reorder_to_blocks(logical.data(), row, blocks);
      return static_cast<float>(filters.integer_scale(o));
    }, to);
  }
};

OperatorPtr parse(const std::string&, Attributes& attributes) {
  auto op = std::make_shared<Dense>();
  op->units = attributes.integer("units");
  op->bias = attributes.flag("bias", true);
  if (op->units < 1 || op->units > (1 << 24)) attributes.fail("units must be 1 or more");
  return op;
}

const Registration kDense{{"dense"}, &parse};

}  // namespace
}  // namespace quintet
