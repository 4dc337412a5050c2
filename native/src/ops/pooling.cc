// Max, average and sum pooling over H and W, global and adaptive averages. Standard: ONNX MaxPool, AveragePool, GlobalAveragePool;
// Keras `same` and Caffe's ceil mode are attributes; adaptive windows are PyTorch's AdaptiveAvgPool2d; sum pooling is LeNet-5's (LeCun et al. 1998).
#include <algorithm>

#include "kernels/narrow.h"
#include "kernels/pointwise.h"
#include "kernels/pool.h"
#include "ops/blocked_operand.h"
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"
#include "train/train_context.h"

namespace quintet {
namespace {

using dnnl::algorithm;
using pool::Kind;

void expect_rank4(const std::string& node, std::string_view op, const Shape& in) {
  if (in.rank != 4) throw Error(ErrorKind::kShape, node + ": " + std::string(op) + " needs a tensor of rank 4, found " + to_string(in));
}

dnnl::pooling_forward::primitive_desc pooling(const ForwardContext& at, algorithm how, const Window& window, const dnnl::memory::desc& in, const dnnl::memory::desc& out,
                                              const dnnl::primitive_attr& attributes) {
  const AxisWindow y = window.axis(at.node(), 0, at.input_shape(0).h()), x = window.axis(at.node(), 1, at.input_shape(0).w());
  return {at.engine(), dnnl::prop_kind::forward_inference, how, in, out, {window.stride[0], window.stride[1]}, {window.kernel[0], window.kernel[1]},
          {window.dilation[0] - 1, window.dilation[1] - 1}, {y.begin, x.begin}, {y.end, x.end}, attributes};
}

/// oneDNN has fast code for narrow numbers, which pass through as they are. Zeros that a mean counts are zeros only where bytes have no
/// zero point.
bool passes_narrow(const ForwardContext& at, algorithm how, const Window& window, const dnnl::primitive_attr& attributes) {
  if (how == algorithm::pooling_avg_include_padding && at.narrow_input_type(0).zero != 0) return false;
  try {
    return !is_reference(pooling(at, how, window, at.desc_of(at.input_shape(0), at.result_form()), at.desc_of(at.output_shape(), at.result_form()), attributes));
  } catch (const dnnl::error&) {
    return false;
  }
}

pool::Geometry geometry(const ForwardContext& at, const Window& window, int64_t channels) {
  const Shape& in = at.input_shape(0);
  const AxisWindow y = window.axis(at.node(), 0, in.h()), x = window.axis(at.node(), 1, in.w());
  return {in.n(), channels, in.h(), in.w(), window.kernel[0], window.kernel[1], window.stride[0], window.stride[1], y.begin, x.begin, y.output, x.output};
}

void own_kernel(ForwardContext& at, Kind kind, const Window& window) {
  const Operand in = at.input(0, Layout::kBlocked), out = at.output(Layout::kBlocked);
  const pool::Geometry shape = geometry(at, window, out.desc.get_dims()[1]);
  at.add_kernel("pool", {in, out}, [=, block = at.block(), source = blocked_strides<BlockedSource>(in), target = blocked_strides<BlockedTarget>(out)](void* const* operands) {
    BlockedSource from = source;
    BlockedTarget to = target;
    from.data = static_cast<const float*>(operands[0]);
    to.data = static_cast<float*>(operands[1]);
    pool::blocked(shape, kind, block, from, to);
  });
}

/// Of narrow numbers; false where there is no kernel for them.
bool narrow_maximum(ForwardContext& at, const Window& window) {
  const pool::Geometry shape = geometry(at, window, at.output_shape().c());
  const bool bytes = at.result_form().type.kind == NumberType::kUint8;
  if (!pool::available() || (!bytes && shape.channels < pool::least_bfloats())) return false;
  at.add_kernel("pool", {at.narrow_input(0), at.output(at.result_form())}, [=](void* const* operands) {
    if (bytes) {
      pool::maximum_of_bytes(shape, static_cast<const uint8_t*>(operands[0]), static_cast<uint8_t*>(operands[1]));
    } else {
      pool::maximum_of_bfloats(shape, static_cast<const uint16_t*>(operands[0]), static_cast<uint16_t*>(operands[1]));
    }
  });
  return true;
}

algorithm onednn_algorithm(Kind kind) {
  switch (kind) {
    case Kind::kMax: return algorithm::pooling_max;
    case Kind::kAverage: return algorithm::pooling_avg_exclude_padding;
    case Kind::kCountedAverage:
    case Kind::kSum: break;
  }
  return algorithm::pooling_avg_include_padding;
}

/// oneDNN has no sums: they are averages times this.
float factor(Kind kind, const Window& window) { return kind == Kind::kSum ? static_cast<float>(window.kernel[0] * window.kernel[1]) : 1; }

void add_pooling(ForwardContext& at, Kind kind, const Window& window) {
  dnnl::primitive_attr attributes = at.attributes();
  const algorithm how = onednn_algorithm(kind);
  const bool same_numbers = at.is_narrow() && at.narrow_input_form(0) == at.result_form();
  if (same_numbers && kind == Kind::kMax && narrow_maximum(at, window)) return;
  const bool narrow = same_numbers && passes_narrow(at, how, window, attributes);
  if (!narrow && pool::available()) return own_kernel(at, kind, window);
  if (kind == Kind::kSum) {
    dnnl::post_ops times_area;
    times_area.append_eltwise(algorithm::eltwise_linear, factor(kind, window), 0.f);
    attributes.set_post_ops(times_area);
  }
  const Form form = narrow ? at.result_form() : Form(Layout::kBlocked);
  const Operand in = at.input(0, form), out = at.output(form);
  at.add_primitive(pooling(at, how, window, in.desc, out.desc, attributes), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
}

/// Pooling in training, and its gradient by oneDNN; the maximum remembers in a workspace where it was.
void train_pooling(TrainContext& at, Kind kind, const Window& window) {
  const algorithm how = onednn_algorithm(kind);
  const float scale = factor(kind, window);
  const AxisWindow y = window.axis(at.node(), 0, at.input_shape(0).h()), x = window.axis(at.node(), 1, at.input_shape(0).w());
  using Dims = dnnl::memory::dims;
  const Dims strides{window.stride[0], window.stride[1]}, kernel{window.kernel[0], window.kernel[1]}, dilation{window.dilation[0] - 1, window.dilation[1] - 1},
      begin{y.begin, x.begin}, end{y.end, x.end};
  const Operand in = at.input(0, Layout::kBlocked), out = at.output(Layout::kBlocked);
  const dnnl::pooling_forward::primitive_desc description(at.engine(), at.forward_kind(), how, in.desc, out.desc, strides, kernel, dilation, begin, end, at.attributes());
  TrainContext::Arguments arguments{{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}};
  const auto workspace = at.workspace(description.workspace_desc());
  if (workspace) arguments.emplace(DNNL_ARG_WORKSPACE, *workspace);
  at.add_primitive(description, arguments, out.layout);
  const auto multiply = [scale](TrainContext& c, const Operand& value) {
    if (scale == 1) return;
    const auto length = static_cast<int64_t>(value.desc.get_size() / sizeof(float));
    c.add_kernel("scale", {value}, [=](void* const* o) { pointwise::scale(static_cast<const float*>(o[0]), scale, static_cast<float*>(o[0]), length); });
  };
  multiply(at, out);
  at.backward([=](TrainContext& after) {
    const Operand dy = after.output_gradient(Layout::kBlocked), dx = after.input_gradient(0, Layout::kBlocked);
    const dnnl::pooling_backward::primitive_desc gradient(after.engine(), how, dx.desc, dy.desc, strides, kernel, dilation, begin, end, description, after.attributes());
    TrainContext::Arguments given{{DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, dx}};
    if (workspace) given.emplace(DNNL_ARG_WORKSPACE, *workspace);
    after.add_primitive(gradient, given, dx.layout);
    multiply(after, dx);
  });
}

struct Pooling final : Operator {
  Kind kind = Kind::kMax;
  Window window;

  std::string_view name() const override { return kind == Kind::kMax ? "max_pool" : kind == Kind::kSum ? "sum_pool" : "average_pool"; }

  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    expect_rank4(node, name(), in[0]);
    const AxisWindow y = window.axis(node, 0, in[0].h()), x = window.axis(node, 1, in[0].w());
    const bool overhangs = !window.same && (y.end > window.padding.bottom || x.end > window.padding.right);
    const bool sees_only_padding = std::max(y.begin, window.padding.bottom) >= window.extent(0) || std::max(x.begin, window.padding.right) >= window.extent(1);
    if (sees_only_padding) throw Error(ErrorKind::kShape, node + ": with padding as large as the window, windows would see nothing else");
    if (overhangs && kind == Kind::kCountedAverage) throw Error(ErrorKind::kUnsupported, node + ": a ceil-mode average that counts padding has windows beyond the padding");
    return Shape::nchw(in[0].n(), in[0].c(), y.output, x.output);
  }

  bool keeps_sign() const override { return true; }
  bool writes_slices() const override { return true; }
  bool computes(NumberType::Kind) const override { return kind != Kind::kSum; }
  bool keeps_numbers() const override { return kind != Kind::kSum; }

  std::optional<WindowSums> as_window_sums() const override {
    if (kind == Kind::kMax || window.same || window.ceil || window.padding != Padding{}) return {};
    return WindowSums{window.kernel, window.stride, kind == Kind::kSum ? 1 : 1 / static_cast<double>(window.kernel[0] * window.kernel[1])};
  }

  /// Zeros are neutral for the maximum of non-negative values, and are what a padding-counting average or a sum reads.
  OperatorPtr with_input_padding(const Padding& zeros, bool input_is_non_negative) const override {
    const bool unpadded = window.padding == Padding{};
    const Padding all = window.padding + zeros;
    const bool smaller_than_kernel = all.top < window.kernel[0] && all.bottom < window.kernel[0] && all.left < window.kernel[1] && all.right < window.kernel[1];
    const bool same_function = kind == Kind::kMax ? input_is_non_negative : kind != Kind::kAverage || unpadded;
    const bool same_windows = !window.ceil || (kind == Kind::kMax && zeros.bottom == 0 && zeros.right == 0);   // the last one may start in the zeros
    if (window.same || !smaller_than_kernel || !same_function || !same_windows) return nullptr;
    auto padded = std::make_shared<Pooling>(*this);
    padded->window.padding = all;
    if (kind == Kind::kAverage) padded->kind = Kind::kCountedAverage;
    return padded;
  }

  void train(TrainContext& at) const override { train_pooling(at, kind, window); }
  void forward(ForwardContext& at) const override { add_pooling(at, kind, window); }
};

struct GlobalAverage final : Operator {
  std::string_view name() const override { return "global_average_pool"; }

  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    expect_rank4(node, name(), in[0]);
    return Shape::features(in[0].n(), in[0].c());
  }
  bool keeps_sign() const override { return true; }
  bool computes(NumberType::Kind) const override { return true; }

  void forward(ForwardContext& at) const override {
    if (at.is_narrow()) {
      average_narrow(at);
    } else {
      add_pooling(at, Kind::kAverage, whole(at.input_shape(0)));
    }
  }

  void train(TrainContext& at) const override { train_pooling(at, Kind::kAverage, whole(at.input_shape(0))); }

 private:
  /// To float32 at once: a mean of bytes says more than a byte.
  static void average_narrow(ForwardContext& at) {
    const Shape shape = at.input_shape(0);
    const NumberType type = at.narrow_input_type(0);
    const int64_t pixels = shape.h() * shape.w();
    at.add_kernel("average", {at.narrow_input(0), at.output(Layout::kPlain)}, [=](void* const* o) {
      if (type.kind == NumberType::kUint8) {
        narrow::global_average(static_cast<const uint8_t*>(o[0]), shape.n(), pixels, shape.c(), type.zero, type.scale, static_cast<float*>(o[1]));
      } else {
        narrow::global_average(static_cast<const uint16_t*>(o[0]), shape.n(), pixels, shape.c(), static_cast<float*>(o[1]));
      }
    });
  }

  static Window whole(const Shape& in) {
    Window window;
    window.kernel = {in.h(), in.w()};
    return window;
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
  bool computes(NumberType::Kind) const override { return true; }
  bool keeps_numbers() const override { return true; }

  void forward(ForwardContext& at) const override {
    const Shape& in = at.input_shape(0);
    if (const auto window = regular_window(in)) {
      add_pooling(at, Kind::kAverage, *window);
    } else {
      variable_windows(at);
    }
  }

  void train(TrainContext& at) const override {
    const Shape in = at.input_shape(0), out = at.output_shape();
    if (const auto window = regular_window(in)) {
      train_pooling(at, Kind::kAverage, *window);
      return;
    }
    at.add_kernel("adaptive", {at.input(0, Layout::kPlain), at.output(Layout::kPlain)},
                  [=, this](void* const* o) { average_all(static_cast<const float*>(o[0]), in, static_cast<float*>(o[1]), out); });
    at.backward([=, this](TrainContext& after) {
      after.add_kernel("adaptive gradient", {after.output_gradient(Layout::kPlain), after.input_gradient(0, Layout::kPlain)},
                       [=, this](void* const* o) { spread_all(static_cast<const float*>(o[0]), out, static_cast<float*>(o[1]), in); });
    });
  }

 private:
  std::optional<Window> regular_window(const Shape& in) const {
    if (in.h() % height != 0 || in.w() % width != 0) return {};
    Window regular;
    regular.kernel = regular.stride = {in.h() / height, in.w() / width};
    return regular;
  }

  struct Cells {
    int64_t top, bottom, left, right;
    int64_t count() const { return (bottom - top) * (right - left); }
  };

  static Cells cells(const Shape& in, const Shape& out, int64_t i, int64_t j) {
    return {i * in.h() / out.h(), ceil_div((i + 1) * in.h(), out.h()), j * in.w() / out.w(), ceil_div((j + 1) * in.w(), out.w())};
  }

  void variable_windows(ForwardContext& at) const {
    const Shape in = at.input_shape(0), out = at.output_shape();
    at.add_kernel("adaptive", {at.input(0, Layout::kPlain), at.output(Layout::kPlain)},
                  [=, this](void* const* o) { average_all(static_cast<const float*>(o[0]), in, static_cast<float*>(o[1]), out); });
  }

  /// Windows of different sizes, which overlap and repeat cells where the output is the larger.
  void average_all(const float* x, const Shape& in, float* y, const Shape& out) const {
    for (int64_t plane = 0; plane < in.n() * in.c(); ++plane, x += in.h() * in.w()) {
      for (int64_t i = 0; i < out.h(); ++i) {
        for (int64_t j = 0; j < out.w(); ++j) *y++ = average(x, in.w(), cells(in, out, i, j));
      }
    }
  }

  static float average(const float* plane, int64_t width, const Cells& c) {
    double sum = 0;
    for (int64_t y = c.top; y < c.bottom; ++y) {
      for (int64_t x = c.left; x < c.right; ++x) sum += plane[y * width + x];
    }
    return static_cast<float>(sum / static_cast<double>(c.count()));
  }

  /// Every cell of a window gets an equal share of the gradient of its average.
  void spread_all(const float* dy, const Shape& out, float* dx, const Shape& in) const {
    std::fill_n(dx, in.elements(), 0.f);
    for (int64_t plane = 0; plane < in.n() * in.c(); ++plane, dx += in.h() * in.w()) {
      for (int64_t i = 0; i < out.h(); ++i) {
        for (int64_t j = 0; j < out.w(); ++j) {
          const Cells c = cells(in, out, i, j);
          const float share = *dy++ / static_cast<float>(c.count());
          for (int64_t y = c.top; y < c.bottom; ++y) {
            for (int64_t x = c.left; x < c.right; ++x) dx[y * in.w() + x] += share;
          }
        }
      }
    }
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
  pooling->kind = op == "max_pool" ? Kind::kMax : op == "average_pool" ? Kind::kAverage : Kind::kSum;
  pooling->window = Window::parse(attributes, true);
  if (pooling->window.dilation != std::array<int64_t, 2>{1, 1}) attributes.fail("a pool has no dilation");
  if (pooling->kind == Kind::kAverage && attributes.flag("count_padding", false)) pooling->kind = Kind::kCountedAverage;
  if (pooling->kind == Kind::kSum && (pooling->window.ceil || pooling->window.same)) attributes.fail("sum_pool takes valid or explicit padding, no ceil mode");
  return pooling;
}

const Registration kPooling{{"max_pool", "average_pool", "sum_pool", "global_average_pool", "adaptive_average_pool"}, &parse};

}  // namespace
}  // namespace quintet
