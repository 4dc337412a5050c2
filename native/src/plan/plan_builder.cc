#include "plan/plan_builder.h"

#include <algorithm>
#include <cmath>

#include "plan/forward_context.h"
#include "quintet/error.h"
#include "runtime/team.h"

namespace quintet {

PlanBuilder::PlanBuilder(const Program& program, const Shape& input, int threads, const dnnl::engine& engine, WeightStore& weights)
    : program_(program), engine_(engine), weights_(weights), threads_(threads), shapes_(program.nodes.size()), values_(program.nodes.size()),
      converted_(program.nodes.size()), owns_placed_(program.nodes.size(), false), nan_(program.nodes.size(), false), writer_(engine, program.block) {
  infer_shapes(input);
  for (const ProgramNode& n : program.nodes) {
    if (n.alive && n.placement.owner >= 0) owns_placed_[n.placement.owner] = true;
  }
}

void PlanBuilder::infer_shapes(const Shape& input) {
  writer_.plan().input = input;
  for (int id : program_.order) {
    const ProgramNode& node = program_.nodes[id];
    if (!node.alive) continue;
    shapes_[id] = node.op ? node.op->infer_shape(node.name, GraphData::input_shapes(node.inputs, shapes_)) : input;
    if (node.filters) {
      const auto in = GraphData::input_shapes(node.inputs, shapes_);
      const auto need = node.op->parameters(in).front().shape;
      if (checked_product({need.begin() + 1, need.end()}) != node.filters->inputs()) {
        throw Error(ErrorKind::kShape, node.name + ": an input of " + to_string(input) + " needs a weight of " + to_string(need) + ", the model has " +
                                           to_string(node.filters->parts.front().weight.shape));
      }
    }
  }
}

/// Starting and joining a team costs some microseconds: small steps are quicker on the master alone.
int PlanBuilder::team_of(int node) const {
  constexpr int64_t kSmallMacs = 1 << 20, kSmallElements = 1 << 16;      // about 20 microseconds of one core
  int64_t elements = shapes_[node].elements();
  for (int in : program_.nodes[node].inputs) elements += shapes_[in].elements();
  return origin(node).macs < kSmallMacs && elements < kSmallElements ? 1 : threads_;
}

std::unique_ptr<Plan> PlanBuilder::build() {
  for (int id : program_.order) {
    const ProgramNode& node = program_.nodes[id];
    if (!node.alive) continue;
    if (!node.op) {
      values_[id] = writer_.make_value(shapes_[id], Layout::kPlain, 0);
      continue;
    }
    ForwardContext at(*this, id);
    team_ = team_of(id);
    const TeamSize team(team_);
    try {
      if (node.in_place) {
        at.output_is_placed();
      } else {
        node.op->forward(at);
      }
    } catch (const dnnl::error& e) {
      refused(node.name, node.op->name(), e);
    }
    nan_[id] = gives_nan(id);
  }
  emit_outputs();
  return writer_.finish();
}

bool PlanBuilder::reads_nan(int node) const {
  const ProgramNode& n = program_.nodes[node];
  return n.op->mixes_channels() && std::any_of(n.inputs.begin(), n.inputs.end(), [&](int in) { return nan_[in]; });
}

bool PlanBuilder::gives_nan(int node) const {
  const ProgramNode& n = program_.nodes[node];
  const auto has_nan = [](const std::vector<double>& values) { return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); }); };
  return (n.filters && n.filters->has_nan()) || std::any_of(n.values.begin(), n.values.end(), has_nan) ||
         std::any_of(n.inputs.begin(), n.inputs.end(), [&](int in) { return nan_[in]; }) ||
         std::any_of(n.post_ops.begin(), n.post_ops.end(), [&](const PostOp& p) { return p.addend >= 0 && nan_[p.addend]; });
}

void PlanBuilder::emit_outputs() {
  for (size_t i = 0; i < program_.outputs.size(); ++i) {
    const int node = program_.outputs[i].node;
    writer_.plan().outputs.push_back(shapes_[node]);
    if (writer_.root(value(node).root).slot == static_cast<int>(i) + 1) continue;    // written there at once
    const TeamSize team(team_of(node));
    add_reorder(node, value(node), writer_.make_value(shapes_[node], Layout::kPlain, static_cast<int>(i) + 1));
  }
}

StepOrigin PlanBuilder::origin(int node) const {
  const ProgramNode& n = program_.nodes[node];
  if (!n.op) return {n.name, "input", shapes_[node], 0};
  const char* chosen_by = n.choice == Choice::kMeasured ? "measurement" : n.choice == Choice::kModel ? "model" : "";
  return {n.name, std::string(n.op->name()), shapes_[node], n.op->macs(GraphData::input_shapes(n.inputs, shapes_), shapes_[node]), chosen_by};
}

Operand PlanBuilder::value(int node) const {
  if (!values_[node]) throw Error(ErrorKind::kInternal, program_.nodes[node].name + " is read before it is computed");
  return *values_[node];
}

Operand PlanBuilder::value_in(int node, const Form& form) {
  const Operand present = value(node);
  if (present.form() == form) return present;
  for (const Operand& other : converted_[node]) {
    if (other.form() == form) return other;
  }
  converted_[node].push_back(writer_.make_value(shapes_[node], form, -1));
  add_reorder(node, present, converted_[node].back());
  return converted_[node].back();
}

Operand PlanBuilder::float_value(int node) {
  const Operand present = value(node);
  if (!present.type.is_narrow() && present.layout != Layout::kChannelsLast) return present;
  return value_in(node, shapes_[node].rank == 4 ? Layout::kBlocked : Layout::kPlain);
}

Operand PlanBuilder::placed(int node) {
  const ProgramNode& n = program_.nodes[node];
  const int owner = n.placement.owner;
  if (owner < 0) {
    Shape whole = shapes_[node];
    whole.dims[1] += n.front_channels;
    const Operand memory = writer_.make_value(whole, Layout::kBlocked, -1);
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
    memory.desc = writer_.blocked_desc(all, round_up(all.c(), program_.block));
    memory.logical = writer_.blocked_desc(all, all.c());
    memory.byte_offset = 0;
  }
  return memory.window(shapes_[node], {0, n.placement.channel_offset, 0, 0});
}

/// Where the caller wants the node's value: an own place in its buffers, -1 if it asks for it nowhere or more than once.
int PlanBuilder::output_slot(int node) const {
  const auto is_node = [node](const ProgramOutput& o) { return o.node == node; };
  const auto at = std::find_if(program_.outputs.begin(), program_.outputs.end(), is_node);
  if (std::count_if(program_.outputs.begin(), program_.outputs.end(), is_node) != 1) return -1;
  return static_cast<int>(at - program_.outputs.begin()) + 1;
}

Operand PlanBuilder::define(int node, const Form& form) {
  const bool in_shared_memory = shares_memory(node);
  if (in_shared_memory && form != Layout::kBlocked) throw Error(ErrorKind::kInternal, program_.nodes[node].name + " must be blocked to live in another's memory");
  if (!values_[node]) {
    if (in_shared_memory) {
      values_[node] = placed(node);
    } else if (const auto addend = reuse_addend(node, form)) {
      values_[node] = addend;
    } else {
      values_[node] = writer_.make_value(shapes_[node], form, form == Layout::kPlain ? output_slot(node) : -1);
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
std::optional<Operand> PlanBuilder::reuse_addend(int node, const Form& form) const {
  const auto& post_ops = program_.nodes[node].post_ops;
  if (post_ops.empty() || post_ops.front().addend < 0) return {};
  const int addend = post_ops.front().addend;
  Operand memory = value(addend);
  const bool is_operand_too = std::count(program_.nodes[node].inputs.begin(), program_.nodes[node].inputs.end(), addend) > 0;
  const bool own_memory = writer_.root(memory.root).slot < 0 && !shares_memory(addend);
  const bool same_place = memory.layout == form.layout && memory.type.kind == form.type.kind && shapes_[addend] == shapes_[node];
  if (is_operand_too || !own_memory || !same_place || !is_last_reader(addend, node)) return {};
  memory.type = form.type;
  return memory;
}

}  // namespace quintet
