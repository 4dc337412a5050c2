#include "plan/plan_builder.h"

#include <algorithm>

#include "plan/forward_context.h"
#include "quintet/error.h"

namespace quintet {
namespace {

using Tag = dnnl::memory::format_tag;
constexpr auto kF32 = dnnl::memory::data_type::f32;

dnnl::memory::desc blocked_desc(const Shape& s, int64_t channels, int block) {
  return {{s.n(), channels, s.h(), s.w()}, kF32, block == 16 ? Tag::nChw16c : Tag::nChw8c};
}

dnnl::memory::desc rank4_desc(const Shape& s) { return {{s.n(), s.c(), s.h(), s.w()}, kF32, Tag::nchw}; }

}  // namespace

dnnl::memory::desc plain_desc(const Shape& shape) {
  return shape.rank == 2 ? dnnl::memory::desc({shape.n(), shape.c()}, kF32, Tag::nc) : rank4_desc(shape);
}

dnnl::memory::desc vector_desc(int64_t length) { return {{length}, kF32, Tag::a}; }

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

PlanBuilder::PlanBuilder(const Program& program, const Shape& input, int threads, const dnnl::engine& engine, WeightStore& weights)
    : program_(program), engine_(engine), weights_(weights), threads_(threads), shapes_(program.nodes.size()), values_(program.nodes.size()),
      converted_(program.nodes.size()), owns_placed_(program.nodes.size(), false), plan_(std::make_unique<Plan>()) {
  infer_shapes(input);
  for (const ProgramNode& n : program.nodes) {
    if (n.alive && n.placement.owner >= 0) owns_placed_[n.placement.owner] = true;
  }
}

void PlanBuilder::infer_shapes(const Shape& input) {
  plan_->input = input;
  for (int id : program_.order) {
    const ProgramNode& node = program_.nodes[id];
    if (!node.alive) continue;
    shapes_[id] = node.op ? node.op->infer_shape(node.name, GraphData::input_shapes(node.inputs, shapes_)) : input;
    if (node.filters) {
      const auto in = GraphData::input_shapes(node.inputs, shapes_);
      const auto& have = node.filters->parts.front().weight.shape;
      const auto need = node.op->parameters(in).front().shape;
      if (checked_product({need.begin() + 1, need.end()}) != checked_product({have.begin() + 1, have.end()})) {
        throw Error(ErrorKind::kShape, node.name + ": an input of " + to_string(input) + " needs a weight of " + to_string(need) + ", the model has " + to_string(have));
      }
    }
  }
}

std::unique_ptr<Plan> PlanBuilder::build() {
  for (int id : program_.order) {
    const ProgramNode& node = program_.nodes[id];
    if (!node.alive) continue;
    if (!node.op) {
      values_[id] = make_value(shapes_[id], Layout::kPlain, 0);
      continue;
    }
    ForwardContext at(*this, id);
    try {
      if (node.in_place) {
        at.output_is_placed();
      } else {
        node.op->forward(at);
      }
    } catch (const dnnl::error& e) {
      const auto kind = e.status == dnnl_out_of_memory ? ErrorKind::kMemory : ErrorKind::kInternal;
      throw Error(kind, node.name + ": oneDNN refuses " + std::string(node.op->name()) + ": " + e.what());
    }
  }
  emit_outputs();
  place_in_arena(*plan_);
  return std::move(plan_);
}

void PlanBuilder::emit_outputs() {
  for (size_t i = 0; i < program_.outputs.size(); ++i) {
    const int node = program_.outputs[i].node;
    plan_->outputs.push_back(shapes_[node]);
    add_reorder(node, value(node), make_value(shapes_[node], Layout::kPlain, static_cast<int>(i) + 1));
  }
}

int PlanBuilder::new_root(size_t bytes, int slot) {
  MemoryRoot root;
  root.bytes = bytes;
  root.slot = slot;
  plan_->roots.push_back(root);
  return static_cast<int>(plan_->roots.size()) - 1;
}

Operand PlanBuilder::make_value(const Shape& shape, Layout layout, int slot) {
  Operand value;
  value.layout = layout;
  if (layout == Layout::kPlain) {
    value.desc = plain_desc(shape);
    value.logical = rank4_desc(shape);
  } else {
    value.desc = blocked_desc(shape, round_up(shape.c(), program_.block), program_.block);
    value.logical = blocked_desc(shape, shape.c(), program_.block);
  }
  value.root = new_root(value.desc.get_size(), slot);
  return value;
}

Operand PlanBuilder::value(int node) const {
  if (!values_[node]) throw Error(ErrorKind::kInternal, program_.nodes[node].name + " is read before it is computed");
  return *values_[node];
}

Operand PlanBuilder::value_in(int node, Layout layout) {
  const Operand present = value(node);
  if (present.layout == layout) return present;
  if (!converted_[node]) {
    converted_[node] = make_value(shapes_[node], layout, -1);
    add_reorder(node, present, *converted_[node]);
  }
  return *converted_[node];
}

Operand PlanBuilder::placed(int node) {
  const ProgramNode& n = program_.nodes[node];
  const int owner = n.placement.owner;
  if (owner < 0) {
    Shape whole = shapes_[node];
    whole.dims[1] += n.front_channels;
    const Operand memory = make_value(whole, Layout::kBlocked, -1);
    return n.front_channels > 0 ? memory.window(shapes_[node], {0, n.front_channels, 0, 0}) : memory;
  }
  const bool first = !values_[owner];
  if (first) values_[owner] = placed(owner);
  const Operand whole = *values_[owner];
  // An owner's own value may start behind its memory's front: offsets count from the memory's start.
  Operand memory = whole;
  const ProgramNode& o = program_.nodes[owner];
  if (o.front_channels > 0) {
    Shape all = shapes_[owner];
    all.dims[1] += o.front_channels;
    memory.desc = blocked_desc(all, round_up(all.c(), program_.block), program_.block);
    memory.logical = blocked_desc(all, all.c(), program_.block);
    memory.byte_offset = 0;
  }
  return memory.window(shapes_[node], {0, n.placement.channel_offset, 0, 0});
}

Operand PlanBuilder::define(int node, Layout layout) {
  const bool in_shared_memory = shares_memory(node);
  if (in_shared_memory && layout != Layout::kBlocked) throw Error(ErrorKind::kInternal, program_.nodes[node].name + " must be blocked to live in another's memory");
  if (!values_[node]) {
    if (in_shared_memory) {
      values_[node] = placed(node);
    } else if (const auto addend = reuse_addend(node, layout)) {
      values_[node] = addend;
    } else {
      values_[node] = make_value(shapes_[node], layout, -1);
    }
  }
  return *values_[node];
}

void PlanBuilder::define_placed(int node) {
  if (!values_[node]) values_[node] = placed(node);
}

bool PlanBuilder::shares_memory(int node) const { return program_.nodes[node].placement.owner >= 0 || owns_placed_[node] || program_.nodes[node].front_channels > 0; }

bool PlanBuilder::is_last_reader(int value, int reader) const {
  if (program_.nodes[value].wanted) return false;
  const auto readers = program_.readers(value);
  return std::all_of(readers.begin(), readers.end(), [&](int r) { return r == reader || program_.position(r) < program_.position(reader); });
}

/// Writes over the other addend where nobody needs it any more: oneDNN then reads and writes one place.
std::optional<Operand> PlanBuilder::reuse_addend(int node, Layout layout) const {
  const auto& post_ops = program_.nodes[node].post_ops;
  if (post_ops.empty() || post_ops.front().addend < 0) return {};
  const int addend = post_ops.front().addend;
  const Operand memory = value(addend);
  const bool is_operand_too = std::count(program_.nodes[node].inputs.begin(), program_.nodes[node].inputs.end(), addend) > 0;
  const bool own_memory = plan_->roots[memory.root].slot < 0 && !shares_memory(addend);
  const bool same_place = memory.layout == layout && shapes_[addend] == shapes_[node];
  if (is_operand_too || !own_memory || !same_place || !is_last_reader(addend, node)) return {};
  return memory;
}

void PlanBuilder::add_step(int node, Step step) {
  step.node = program_.nodes[node].name;
  if (step.op.empty()) step.op = program_.nodes[node].op ? std::string(program_.nodes[node].op->name()) : "input";
  step.shape = shapes_[node];
  const int index = static_cast<int>(plan_->steps.size());
  const auto touch = [&](const Operand& o) {
    if (o.where != Operand::Where::kRoot) {
      step.bytes += static_cast<int64_t>(o.constant->buffer.size());
      return;
    }
    MemoryRoot& root = plan_->roots[o.root];
    if (root.first_step < 0) root.first_step = index;
    root.last_step = index;
    step.bytes += static_cast<int64_t>(o.desc.get_size());
  };
  for (const auto& [argument, operand] : step.arguments) touch(operand);
  for (const Operand& operand : step.operands) touch(operand);
  plan_->steps.push_back(std::move(step));
}

void PlanBuilder::add_reorder(int node, const Operand& from, const Operand& to) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::reorder::primitive_desc description(engine_, from.logical, engine_, to.logical, attributes);
  Operand source = from, target = to;
  source.use_logical();
  target.use_logical();
  Step step;
  step.op = "reorder";
  step.kernel = description.impl_info_str();
  step.layout = to.layout == Layout::kPlain ? "plain" : "blocked";
  step.primitive = dnnl::primitive(description.get());
  step.scratchpad = description.scratchpad_desc();
  step.arguments = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}};
  add_step(node, std::move(step));
}

}  // namespace quintet
