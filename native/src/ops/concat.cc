// Concatenation along channels. Standard: ONNX Concat, axis 1.
#include "kernels/narrow.h"
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"
#include "train/train_context.h"

namespace quintet {
namespace {

struct Concat final : Operator {
  std::string_view name() const override { return "concat"; }

  Shape infer_shape(const std::string& node, std::span<const Shape> in) const override {
    Shape out = in[0];
    out.dims[1] = 0;
    for (const Shape& s : in) {
      if (s.rank != out.rank || s.n() != out.n() || s.h() != out.h() || s.w() != out.w()) {
        throw Error(ErrorKind::kShape, node + ": cannot concatenate " + to_string(in[0]) + " and " + to_string(s) + " along channels");
      }
      out.dims[1] += s.c();
    }
    return out;
  }

  bool is_concatenation() const override { return true; }
  bool keeps_sign() const override { return true; }
  bool computes(NumberType::Kind) const override { return true; }
  bool keeps_numbers() const override { return true; }

  /// Only where concat_in_place could not let the branches write here themselves. True channel counts: parts need not fill blocks.
  void forward(ForwardContext& at) const override {
    if (at.is_narrow()) {
      concatenate_narrow(at);
      return;
    }
    Operand out = at.output(at.input_shape(0).rank == 4 ? Layout::kBlocked : Layout::kPlain);
    out.use_logical();
    std::vector<dnnl::memory::desc> descs;
    std::unordered_map<int, Operand> arguments{{DNNL_ARG_DST, out}};
    for (int i = 0; i < at.input_count(); ++i) {
      Operand in = at.input(i, out.layout);
      in.use_logical();
      descs.push_back(in.desc);
      arguments.emplace(DNNL_ARG_MULTIPLE_SRC + i, in);
    }
    at.add_primitive(dnnl::concat::primitive_desc(at.engine(), out.desc, 1, descs, at.attributes()), arguments);
  }

  void train(TrainContext& at) const override {
    const Layout layout = parts_layout(at);
    const Operand out = rank4(at.output(layout));
    if (at.output_shape().c() % at.block() != 0) at.add_clear(out);   // what fills the last block up
    int64_t channel = 0;
    for (int i = 0; i < at.input_count(); ++i) {
      at.add_reorder(at.input(i, layout), out.window(at.input_shape(i), {0, channel, 0, 0}));
      channel += at.input_shape(i).c();
    }
    at.backward([this](TrainContext& after) { backward(after); });
  }

 private:
  /// Pixel by pixel.
  static void concatenate_narrow(ForwardContext& at) {
    const Form form = at.result_form();
    const auto number_bytes = static_cast<int64_t>(dnnl::memory::data_type_size(onednn_type(form.type.kind)));
    std::vector<Operand> operands;
    std::vector<int64_t> row_bytes;
    for (int i = 0; i < at.input_count(); ++i) {
      operands.push_back(at.input(i, form));
      row_bytes.push_back(at.input_shape(i).c() * number_bytes);
    }
    operands.push_back(at.output(form));
    const Shape& shape = at.output_shape();
    const int64_t rows = shape.n() * shape.h() * shape.w();
    at.add_kernel("concat", operands, [=](void* const* o) {
      narrow::concatenate(o, row_bytes.data(), static_cast<int>(row_bytes.size()), rows, o[row_bytes.size()]);
    });
  }

  /// Blocked where every part starts and ends with a block.
  static Layout parts_layout(const TrainContext& at) {
    bool whole_blocks = at.output_shape().rank == 4;
    for (int i = 0; i + 1 < at.input_count(); ++i) whole_blocks = whole_blocks && at.input_shape(i).c() % at.block() == 0;
    return whole_blocks ? Layout::kBlocked : Layout::kPlain;
  }

  static Operand rank4(Operand operand) {
    if (operand.layout == Layout::kPlain) operand.desc = operand.logical;
    return operand;
  }

  static void backward(TrainContext& at) {
    const Operand dy = rank4(at.output_gradient(parts_layout(at)));
    int64_t channel = 0;
    for (int i = 0; i < at.input_count(); ++i) {
      if (at.wants_gradient(i)) at.input_gradient_is(i, dy.window(at.input_shape(i), {0, channel, 0, 0}), false);
      channel += at.input_shape(i).c();
    }
  }
};

OperatorPtr parse(const std::string&, Attributes&) { return std::make_shared<Concat>(); }

const Registration kConcat{{"concat"}, &parse};

}  // namespace
}  // namespace quintet
