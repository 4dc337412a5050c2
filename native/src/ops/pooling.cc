// Max, average and sum pooling over H and W, global and adaptive averages. Standard: ONNX MaxPool, AveragePool, GlobalAveragePool;
// Keras `same` and Caffe's ceil mode are attributes; adaptive windows are PyTorch's AdaptiveAvgPool2d; sum pooling is LeNet-5's (LeCun et al. 1998).
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"

namespace quintet {
namespace {

using dnnl::algorithm;

void expect_rank4(const std::string& node, std::string_view op, const Shape& in) {
  if (in.rank != 4) throw Error(ErrorKind::kShape, node + ": " + std::string(op) + " needs a tensor of rank 4, found " + to_string(in));
}

void add_pooling(ForwardContext& at, algorithm how, const Window& window, const Shape& in_shape, const dnnl::primitive_attr& attributes, Layout layout) {
  const AxisWindow y = window.axis(at.node(), 0, in_shape.h()), x = window.axis(at.node(), 1, in_shape.w());
  const Operand in = at.input(0, layout);
  const Operand out = at.output(layout);
  const dnnl::pooling_forward::primitive_desc description(
      at.engine(), dnnl::prop_kind::forward_inference, how, in.desc, out.desc, {window.stride[0], window.stride[1]}, {window.kernel[0], window.kernel[1]},
      {window.dilation[0] - 1, window.dilation[1] - 1}, {y.begin, x.begin}, {y.end, x.end}, attributes);
  at.add_primitive(description, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
}

struct Pooling final : Operator {
  enum class Kind { kMax, kAverage, kSum };
  Kind kind = Kind::kMax;
  Window window;
  bool count_padding = false;   // average: do the explicit zeros count in the divisor?

  std::string_view name() const override { return kind == Kind::kMax ? "max_pool" : kind == Kind::kAverage ? "average_pool" : "sum_pool"; }

  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    expect_rank4(node, name(), in[0]);
    const AxisWindow y = window.axis(node, 0, in[0].h()), x = window.axis(node, 1, in[0].w());
    const bool overhangs = !window.same && (y.end > window.padding.bottom || x.end > window.padding.right);
    if (overhangs && count_padding) throw Error(ErrorKind::kUnsupported, node + ": a ceil-mode average that counts padding has windows beyond the padding");
    return Shape::nchw(in[0].n(), in[0].c(), y.output, x.output);
  }

  bool keeps_sign() const override { return true; }
  bool writes_slices() const override { return true; }

  /// Zeros are neutral for the maximum of non-negative values, and are what a padding-counting average or a sum reads.
  OperatorPtr with_input_padding(const Padding& zeros, bool input_is_non_negative) const override {
    const bool unpadded = window.padding == Padding{};
    const bool smaller_than_kernel = zeros.top < window.kernel[0] && zeros.bottom < window.kernel[0] && zeros.left < window.kernel[1] && zeros.right < window.kernel[1];
    const bool same_function = kind == Kind::kMax ? input_is_non_negative : kind == Kind::kSum || count_padding || unpadded;
    if (window.same || !smaller_than_kernel || !same_function || (window.ceil && kind != Kind::kMax)) return nullptr;
    auto padded = std::make_shared<Pooling>(*this);
    padded->window.padding = window.padding + zeros;
    padded->count_padding = kind == Kind::kAverage;
    return padded;
  }

  void forward(ForwardContext& at) const override {
    dnnl::primitive_attr attributes = at.attributes();
    if (kind == Kind::kSum) {
      dnnl::post_ops times_area;
      times_area.append_eltwise(algorithm::eltwise_linear, static_cast<float>(window.kernel[0] * window.kernel[1]), 0.f);
      attributes.set_post_ops(times_area);
    }
    const bool padding_counts = kind == Kind::kSum || count_padding;
    add_pooling(at, kind == Kind::kMax ? algorithm::pooling_max : padding_counts ? algorithm::pooling_avg_include_padding : algorithm::pooling_avg_exclude_padding,
                window, at.input_shape(0), attributes, Layout::kBlocked);
  }
};

struct GlobalAverage final : Operator {
  std::string_view name() const override { return "global_average_pool"; }

  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    expect_rank4(node, name(), in[0]);
    return Shape::features(in[0].n(), in[0].c());
  }
  bool keeps_sign() const override { return true; }

  void forward(ForwardContext& at) const override {
    Window whole;
    whole.kernel = {at.input_shape(0).h(), at.input_shape(0).w()};
    add_pooling(at, algorithm::pooling_avg_exclude_padding, whole, at.input_shape(0), at.attributes(), Layout::kBlocked);
  }
};

struct AdaptiveAverage final : Operator {
  int64_t height = 1, width = 1;

  std::string_view name() const override { return "adaptive_average_pool"; }

  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    expect_rank4(node, name(), in[0]);
    return Shape::nchw(in[0].n(), in[0].c(), height, width);
  }
  bool keeps_sign() const override { return true; }

  void forward(ForwardContext& at) const override {
    const Shape& in = at.input_shape(0);
    if (in.h() % height == 0 && in.w() % width == 0) {
      Window regular;
      regular.kernel = regular.stride = {in.h() / height, in.w() / width};
      add_pooling(at, algorithm::pooling_avg_exclude_padding, regular, in, at.attributes(), Layout::kBlocked);
    } else {
      variable_windows(at);
    }
  }

 private:
  /// Windows of different sizes, which overlap and repeat cells where the output is the larger.
  void variable_windows(ForwardContext& at) const {
    const Shape in = at.input_shape(0), out = at.output_shape();
    const int64_t planes = in.n() * in.c();
    at.add_kernel("adaptive", {at.input(0, Layout::kPlain), at.output(Layout::kPlain)}, [=](void* const* operands) {
      const float* x = static_cast<const float*>(operands[0]);
      float* y = static_cast<float*>(operands[1]);
      for (int64_t plane = 0; plane < planes; ++plane, x += in.h() * in.w()) {
        for (int64_t i = 0; i < out.h(); ++i) {
          for (int64_t j = 0; j < out.w(); ++j) *y++ = average(x, in, i * in.h() / out.h(), ceil_div((i + 1) * in.h(), out.h()), j * in.w() / out.w(), ceil_div((j + 1) * in.w(), out.w()));
        }
      }
    });
  }

  static float average(const float* plane, const Shape& in, int64_t top, int64_t bottom, int64_t left, int64_t right) {
    double sum = 0;
    for (int64_t y = top; y < bottom; ++y) {
      for (int64_t x = left; x < right; ++x) sum += plane[y * in.w() + x];
    }
    return static_cast<float>(sum / static_cast<double>((bottom - top) * (right - left)));
  }
};

OperatorPtr parse(const std::string& op, Attributes& attributes) {
  if (op == "global_average_pool") return std::make_shared<GlobalAverage>();
  if (op == "adaptive_average_pool") {
    auto adaptive = std::make_shared<AdaptiveAverage>();
    const auto size = attributes.integers("size", 2);
    if (size[0] < 1 || size[1] < 1) attributes.fail("size must be 1 or more");
    adaptive->height = size[0];
    adaptive->width = size[1];
    return adaptive;
  }
  auto pooling = std::make_shared<Pooling>();
  pooling->kind = op == "max_pool" ? Pooling::Kind::kMax : op == "average_pool" ? Pooling::Kind::kAverage : Pooling::Kind::kSum;
  pooling->window = Window::parse(attributes, true);
  if (pooling->kind == Pooling::Kind::kAverage) pooling->count_padding = attributes.flag("count_padding", false);
  if (pooling->kind == Pooling::Kind::kSum && (pooling->window.ceil || pooling->window.same)) attributes.fail("sum_pool takes valid or explicit padding, no ceil mode");
  return pooling;
}

const Registration kPooling{{"max_pool", "average_pool", "sum_pool", "global_average_pool", "adaptive_average_pool"}, &parse};

}  // namespace
}  // namespace quintet
