#include "plan/plan_writer.h"

#include <omp.h>

#include <algorithm>
#include <cstring>

#include "kernels/convert.h"
#include "quintet/error.h"

namespace quintet {
namespace {

using Tag = dnnl::memory::format_tag;
constexpr auto kF32 = dnnl::memory::data_type::f32;

Step step_of(const StepOrigin& origin, std::string kernel, Layout layout) {
  Step step;
  step.node = origin.node;
  step.op = origin.op;
  step.shape = origin.shape;
  step.macs = origin.macs;
  step.chosen_by = origin.chosen_by;
  step.work = origin.work < 0 ? origin.macs : origin.work;
  step.kernel = std::move(kernel);
  step.layout = name_of(layout);
  return step;
}

/// The narrowest numbers among those that a step reads and writes name its precision.
template <typename Operands, typename Get>
const char* precision_of(const Operands& operands, Get&& operand) {
  NumberType::Kind narrowest = NumberType::kFloat32;
  for (const auto& o : operands) narrowest = std::max(narrowest, operand(o).type.kind);
  return name_of(narrowest);
}

}  // namespace

bool is_reference(const dnnl::primitive_desc_base& description) { return std::strncmp(description.impl_info_str(), "ref", 3) == 0; }

void refused(const std::string& node, std::string_view op, const dnnl::error& error) {
  const auto kind = error.status == dnnl_out_of_memory ? ErrorKind::kMemory : ErrorKind::kInternal;
  throw Error(kind, node + ": oneDNN refuses " + std::string(op) + ": " + error.what());
}

dnnl::memory::desc PlanWriter::blocked_desc(const Shape& s, int64_t channels) const {
  return {{s.n(), channels, s.h(), s.w()}, kF32, block_ == 16 ? Tag::nChw16c : Tag::nChw8c};
}

dnnl::memory::desc PlanWriter::value_desc(const Shape& s, const Form& form) const {
  if (form.layout == Layout::kBlocked) return blocked_desc(s, round_up(s.c(), block_));
  if (s.rank == 2) return {{s.n(), s.c()}, onednn_type(form.type.kind), Tag::nc};
  return rank4_desc(s, form);
}

dnnl::memory::desc PlanWriter::rank4_desc(const Shape& s, const Form& form) const {
  return {{s.n(), s.c(), s.h(), s.w()}, onednn_type(form.type.kind), form.layout == Layout::kChannelsLast ? Tag::nhwc : Tag::nchw};
}

int PlanWriter::add_root(size_t bytes, int slot) {
  MemoryRoot root;
  root.bytes = bytes;
  root.slot = slot;
  plan_->roots.push_back(root);
  return static_cast<int>(plan_->roots.size()) - 1;
}

Operand PlanWriter::make_value(const Shape& shape, const Form& form, int slot) {
  Operand value;
  value.layout = form.layout;
  value.type = form.type;
  value.desc = value_desc(shape, form);
  value.logical = form.layout == Layout::kBlocked ? blocked_desc(shape, shape.c()) : rank4_desc(shape, form);
  value.root = add_root(value.desc.get_size(), slot);
  return value;
}

Operand PlanWriter::make_memory(const dnnl::memory::desc& desc) {
  Operand memory;
  memory.desc = memory.logical = desc;
  memory.root = add_root(desc.get_size(), -1);
  return memory;
}

void describe_numbers(const NumberType& type, int argument, dnnl::primitive_attr& attributes, std::unordered_map<int, Operand>& arguments) {
  if (type.kind != NumberType::kUint8) return;
  attributes.set_scales_mask(argument, 0);
  arguments.emplace(DNNL_ARG_ATTR_SCALES | argument, constant_of(type.scale));
  if (type.zero == 0) return;
  attributes.set_zero_points_mask(argument, 0);
  arguments.emplace(DNNL_ARG_ATTR_ZERO_POINTS | argument, constant_of(static_cast<int32_t>(type.zero)));
}

void PlanWriter::add_primitive(const StepOrigin& origin, const dnnl::primitive_desc_base& description, const Arguments& arguments, Layout layout) {
  Step step = step_of(origin, description.impl_info_str(), layout);
  step.primitive = dnnl::primitive(description.get());
  step.arguments = arguments;
  step.precision = precision_of(arguments, [](const auto& a) -> const Operand& { return a.second; });
  step.scratchpad = description.scratchpad_desc();
  add(std::move(step));
}

void PlanWriter::add_kernel(const StepOrigin& origin, const std::string& name, std::vector<Operand> operands, Kernel kernel, size_t scratch_bytes) {
  Step step = step_of(origin, "quintet:" + name, operands.back().layout);
  step.precision = precision_of(operands, [](const Operand& o) -> const Operand& { return o; });
  step.operands = std::move(operands);
  step.function = std::move(kernel);
  step.scratch_bytes = scratch_bytes;
  add(std::move(step));
}

void PlanWriter::add_reorder(const StepOrigin& origin, const Operand& from, const Operand& to) {
  if (add_conversion(origin, from, to)) return;
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  Operand source = from, target = to;
  source.use_logical();
  target.use_logical();
  Arguments arguments{{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}};
  if (from.type != to.type) {
    describe_numbers(from.type, DNNL_ARG_FROM, attributes, arguments);
    describe_numbers(to.type, DNNL_ARG_TO, attributes, arguments);
  }
  const dnnl::reorder::primitive_desc description(engine_, from.logical, engine_, to.logical, attributes);
  add_primitive({origin.node, "reorder", origin.shape, 0}, description, arguments, to.layout);
  plan_->steps.back().precision = name_of(to.type.kind);
}

/// Between float32 in blocks and what lies channels-last by a kernel of our own. False, and nothing added, where it has none for these: pieces of
/// pictures, other layouts and numbers.
bool PlanWriter::add_conversion(const StepOrigin& origin, const Operand& from, const Operand& to) {
  const bool narrows = to.type.kind == NumberType::kUint8, widens = from.type.kind == NumberType::kUint8;
  const Operand &floats = narrows ? from : to, &others = narrows ? to : from;
  const bool numbers = !floats.type.is_narrow() && others.type.kind != NumberType::kBfloat16;
  if (!numbers || from.logical.is_zero() || to.logical.is_zero() || !convert::available()) return false;
  const auto dims = others.logical.get_dims(), strides = floats.logical.get_strides();
  const Shape shape = Shape::nchw(dims[0], dims[1], dims[2], dims[3]);
  const bool planes = narrows && floats.layout == Layout::kPlain && others.layout == Layout::kChannelsLast && shape.c() <= 4;   // a picture
  const bool vector = narrows != widens && floats.layout == Layout::kPlain && others.layout == Layout::kPlain && shape.h() * shape.w() == 1;
  const bool blocks = floats.layout == Layout::kBlocked && others.layout == Layout::kChannelsLast && strides[3] == block_ && strides[2] == block_ * shape.w();
  const bool whole = from.logical.get_dims() == to.logical.get_dims() && others.logical == rank4_desc(shape, others.form());
  if (!whole || !(vector || blocks || planes)) return false;
  const convert::Geometry geometry{shape.n(), shape.h() * shape.w(), shape.c(), vector ? shape.c() : planes ? 1 : block_};
  const int64_t image_stride = strides[0], block_stride = strides[1];
  const NumberType type = others.type;
  Kernel kernel = [=](void* const* o) { convert::to_blocks(geometry, static_cast<const float*>(o[0]), {static_cast<float*>(o[1]), block_stride, image_stride, 0}); };
  if (narrows) {
    kernel = [=](void* const* o) {
      convert::to_bytes(geometry, {static_cast<const float*>(o[0]), block_stride, image_stride, 0}, type.scale, type.zero, static_cast<uint8_t*>(o[1]));
    };
  } else if (widens) {
    kernel = [=](void* const* o) {
      convert::to_floats(geometry, static_cast<const uint8_t*>(o[0]), type.scale, type.zero, {static_cast<float*>(o[1]), block_stride, image_stride, 0});
    };
  }
  add_kernel({origin.node, "reorder", origin.shape, 0}, "convert", {from, to}, kernel, 0);
  plan_->steps.back().precision = name_of(to.type.kind);
  return true;
}

void PlanWriter::add(Step step) {
  const int index = static_cast<int>(plan_->steps.size());
  step.team = omp_get_max_threads();
  const auto touch = [&](const Operand& o) {
    if (o.where == Operand::Where::kRoot) {
      MemoryRoot& root = plan_->roots[o.root];
      if (root.first_step < 0) root.first_step = index;
      root.last_step = index;
    }
    step.bytes += static_cast<int64_t>(o.desc.is_zero() ? o.constant->buffer.size() : o.desc.get_size());
  };
  for (const auto& [argument, operand] : step.arguments) touch(operand);
  for (const Operand& operand : step.operands) touch(operand);
  plan_->steps.push_back(std::move(step));
}

std::unique_ptr<Plan> PlanWriter::finish() {
  place_in_arena(*plan_);
  for (const Step& step : plan_->steps) plan_->team = std::max(plan_->team, step.team);
  return std::move(plan_);
}

}  // namespace quintet
