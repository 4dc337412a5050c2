// Concatenation along channels. Standard: ONNX Concat, axis 1.
#include "ops/registry.h"
#include "plan/forward_context.h"
#include "quintet/error.h"

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

  /// Only where concat_in_place could not let the branches write here themselves. True channel counts: parts need not fill blocks.
  void forward(ForwardContext& at) const override {
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
};

OperatorPtr parse(const std::string&, Attributes&) { return std::make_shared<Concat>(); }

const Registration kConcat{{"concat"}, &parse};

}  // namespace
}  // namespace quintet
