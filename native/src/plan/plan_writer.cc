#include "plan/plan_writer.h"

#include <omp.h>

#include <cstring>

#include "quintet/error.h"

namespace quintet {
namespace {

using Tag = dnnl::memory::format_tag;
constexpr auto kF32 = dnnl::memory::data_type::f32;

dnnl::memory::desc rank4_desc(const Shape& s) { return {{s.n(), s.c(), s.h(), s.w()}, kF32, Tag::nchw}; }

Step step_of(const StepOrigin& origin, std::string kernel, Layout layout) {
  Step step;
  step.node = origin.node;
  step.op = origin.op;
  step.shape = origin.shape;
  step.macs = origin.macs;
  step.kernel = std::move(kernel);
  step.layout = layout == Layout::kPlain ? "plain" : "blocked";
  return step;
}

}  // namespace

bool is_reference(const dnnl::primitive_desc_base& description) { return std::strncmp(description.impl_info_str(), "ref", 3) == 0; }

void refused(const std::string& node, std::string_view op, const dnnl::error& error) {
  const auto kind = error.status == dnnl_out_of_memory ? ErrorKind::kMemory : ErrorKind::kInternal;
  throw Error(kind, node + ": oneDNN refuses " + std::string(op) + ": " + error.what());
}

dnnl::memory::desc plain_desc(const Shape& shape) {
  return shape.rank == 2 ? dnnl::memory::desc({shape.n(), shape.c()}, kF32, Tag::nc) : rank4_desc(shape);
}

dnnl::memory::desc vector_desc(int64_t length) { return {{length}, kF32, Tag::a}; }

dnnl::memory::desc row_major(const dnnl::memory::desc& desc) {
  const auto dims = desc.get_dims();
  dnnl::memory::dims strides(dims.size(), 1);
  for (size_t i = dims.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * dims[i];
  return {dims, dnnl::memory::data_type::f32, strides};
}

Operand Operand::window(const Shape& shape, const dnnl::memory::dims& offsets) const {
  Operand part = *this;
  const dnnl::memory::dims dims{shape.n(), shape.c(), shape.h(), shape.w()};
  const int64_t block = layout == Layout::kBlocked ? desc.get_inner_blks()[0] : 1;
  dnnl::memory::dims filled_up = dims;
  filled_up[1] = round_up(dims[1], block);
  // The start goes into the address, not into the description: some primitives overlook an offset there.
  const dnnl::memory::dims start(4, 0), strides = desc.get_strides();
  part.desc = desc.submemory_desc(filled_up, start);
  // A run that ends within a block in the middle of the memory has no description in oneDNN without the rest of that block.
  const bool describable = dims[1] % block == 0 || offsets[1] + dims[1] == logical.get_dims()[1];
  part.logical = describable ? logical.submemory_desc(dims, offsets) : dnnl::memory::desc();
  part.byte_offset += (offsets[0] * strides[0] + offsets[1] / block * strides[1] + offsets[2] * strides[2] + offsets[3] * strides[3]) * static_cast<int64_t>(sizeof(float));
  return part;
}

dnnl::memory::desc PlanWriter::blocked_desc(const Shape& s, int64_t channels) const {
  return {{s.n(), channels, s.h(), s.w()}, kF32, block_ == 16 ? Tag::nChw16c : Tag::nChw8c};
}

dnnl::memory::desc PlanWriter::value_desc(const Shape& shape, Layout layout) const {
  return layout == Layout::kPlain ? plain_desc(shape) : blocked_desc(shape, round_up(shape.c(), block_));
}

int PlanWriter::add_root(size_t bytes, int slot) {
  MemoryRoot root;
  root.bytes = bytes;
  root.slot = slot;
  plan_->roots.push_back(root);
  return static_cast<int>(plan_->roots.size()) - 1;
}

Operand PlanWriter::make_value(const Shape& shape, Layout layout, int slot) {
  Operand value;
  value.layout = layout;
  value.desc = value_desc(shape, layout);
  value.logical = layout == Layout::kPlain ? rank4_desc(shape) : blocked_desc(shape, shape.c());
  value.root = add_root(value.desc.get_size(), slot);
  return value;
}

Operand PlanWriter::make_memory(const dnnl::memory::desc& desc) {
  Operand memory;
  memory.desc = memory.logical = desc;
  memory.root = add_root(desc.get_size(), -1);
  return memory;
}

void PlanWriter::add_primitive(const StepOrigin& origin, const dnnl::primitive_desc_base& description, const Arguments& arguments, Layout layout) {
  Step step = step_of(origin, description.impl_info_str(), layout);
  step.primitive = dnnl::primitive(description.get());
  step.arguments = arguments;
  step.scratchpad = description.scratchpad_desc();
  add(std::move(step));
}

void PlanWriter::add_kernel(const StepOrigin& origin, const std::string& name, std::vector<Operand> operands, Kernel kernel, size_t scratch_bytes) {
  Step step = step_of(origin, "quintet:" + name, operands.back().layout);
  step.operands = std::move(operands);
  step.function = std::move(kernel);
  step.scratch_bytes = scratch_bytes;
  add(std::move(step));
}

void PlanWriter::add_reorder(const StepOrigin& origin, const Operand& from, const Operand& to) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::reorder::primitive_desc description(engine_, from.logical, engine_, to.logical, attributes);
  Operand source = from, target = to;
  source.use_logical();
  target.use_logical();
  add_primitive({origin.node, "reorder", origin.shape, 0}, description, {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}}, to.layout);
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
    step.bytes += static_cast<int64_t>(o.desc ? o.desc.get_size() : o.constant->buffer.size());
  };
  for (const auto& [argument, operand] : step.arguments) touch(operand);
  for (const Operand& operand : step.operands) touch(operand);
  plan_->steps.push_back(std::move(step));
}

std::unique_ptr<Plan> PlanWriter::finish() {
  place_in_arena(*plan_);
  return std::move(plan_);
}

}  // namespace quintet
