#include "train/train_plan_builder.h"

#include <algorithm>

#include "kernels/pointwise.h"
#include "quintet/error.h"
#include "train/loss.h"
#include "train/train_context.h"

namespace quintet {
namespace {

/// No gaps between its elements: a kernel may run over it as over one array.
bool is_dense(const Operand& operand) {
  size_t elements = 1;
  for (int64_t d : operand.desc.get_dims()) elements *= static_cast<size_t>(d);
  return operand.desc.get_size() == elements * sizeof(float);
}

int64_t floats(const Operand& operand) { return static_cast<int64_t>(operand.desc.get_size() / sizeof(float)); }

}  // namespace

TrainPlanBuilder::TrainPlanBuilder(const Program& program, const Shape& input, const TrainPlanOptions& options, const dnnl::engine& engine, ParameterStore& parameters,
                                   StepState& state)
    : program_(program), options_(options), parameters_(parameters), state_(state), writer_(engine, program.block), shapes_(program.nodes.size()),
      values_(program.nodes.size()), converted_(program.nodes.size()), absorbed_(program.nodes.size()), learns_(program.nodes.size(), false),
      needs_gradient_(program.nodes.size(), false), backward_(program.nodes.size()), gradients_(program.nodes.size()) {
  infer_shapes(input);
  absorb_activations();
  find_what_learns();
}

void TrainPlanBuilder::infer_shapes(const Shape& input) {
  writer_.plan().input = input;
  for (int id : program_.order) {
    const ProgramNode& node = program_.nodes[id];
    if (node.alive) shapes_[id] = node.op ? node.op->infer_shape(node.name, GraphData::input_shapes(node.inputs, shapes_)) : input;
  }
}

void TrainPlanBuilder::absorb_activations() {
  for (int id : program_.order) {
    const ProgramNode& node = program_.nodes[id];
    if (!node.alive || !node.op || !node.op->as_activation()) continue;
    const int before = node.inputs[0];
    const ProgramNode& producer = program_.nodes[before];
    const bool possible = producer.op && !producer.wanted && producer.op->absorbs_in_training(*node.op->as_activation()) != Absorption::kNone;
    if (possible && program_.readers(before).size() == 1) absorbed_[before] = node.op->as_activation();
  }
}

void TrainPlanBuilder::find_what_learns() {
  for (int id : program_.order) {
    const ProgramNode& node = program_.nodes[id];
    if (!node.alive || !node.op) continue;
    const int count = static_cast<int>(node.op->parameters(GraphData::input_shapes(node.inputs, shapes_)).size());
    for (int i = 0; i < count; ++i) learns_[id] = learns_[id] || parameters_.trainable(parameters_.index(id, i));
    needs_gradient_[id] = learns_[id] || std::any_of(node.inputs.begin(), node.inputs.end(), [&](int in) { return needs_gradient_[in]; });
  }
}

StepOrigin TrainPlanBuilder::origin(int node) const {
  const ProgramNode& n = program_.nodes[node];
  if (!n.op) return {n.name, "input", shapes_[node], 0};
  return {n.name, std::string(n.op->name()), shapes_[node], n.op->macs(GraphData::input_shapes(n.inputs, shapes_), shapes_[node])};
}

void TrainPlanBuilder::build() {
  for (int id : program_.order) {
    if (program_.nodes[id].alive) forward(id);
  }
  for (const HeadLoss& head : options_.heads) add_loss(*this, head);
  if (!options_.training) return;
  for (auto at = program_.order.rbegin(); at != program_.order.rend(); ++at) {
    if (program_.nodes[*at].alive && needs_gradient_[*at] && !gradients_[*at].empty()) backward(*at);
  }
}

void TrainPlanBuilder::append_deferred() {
  for (const auto& append : deferred_) append();
}

void TrainPlanBuilder::forward(int id) {
  const ProgramNode& node = program_.nodes[id];
  if (!node.op) {
    values_[id] = writer_.make_value(shapes_[id], Layout::kPlain, 0);
    return;
  }
  TrainContext at(*this, id, false);
  try {
    node.op->train(at);
  } catch (const dnnl::error& e) {
    refused(node.name, node.op->name(), e);
  }
}

void TrainPlanBuilder::backward(int id) {
  TrainContext at(*this, id, true);
  try {
    backward_[id](at);
    flush_parameter_gradients(id);
  } catch (const dnnl::error& e) {
    refused(program_.nodes[id].name, "the gradient of " + std::string(program_.nodes[id].op->name()), e);
  }
  gradients_[id].clear();
}

Operand TrainPlanBuilder::value(int node) const {
  if (!values_[node]) throw Error(ErrorKind::kInternal, program_.nodes[node].name + " is read before it is computed");
  return *values_[node];
}

Operand TrainPlanBuilder::value_in(int node, Layout layout) {
  const Operand present = value(node);
  if (present.layout == layout) return present;
  if (!converted_[node]) {
    converted_[node] = writer_.make_value(shapes_[node], layout, -1);
    writer_.add_reorder(origin(node), present, *converted_[node]);
  }
  return *converted_[node];
}

void TrainPlanBuilder::add_gradient(int node, const Operand& part, bool owned) {
  if (needs_gradient_[node]) gradients_[node].push_back({part, owned});
}

TrainPlanBuilder::Gradient TrainPlanBuilder::gradient(int node, Layout layout, const Operand* relu) {
  auto& parts = gradients_[node];
  for (Gradient& part : parts) {
    if (part.operand.layout == layout && is_dense(part.operand)) {
      part.operand.desc = writer_.value_desc(shapes_[node], layout);   // a piece of something else may be described with another rank
      continue;
    }
    const Operand converted = writer_.make_value(shapes_[node], layout, -1);
    writer_.add_reorder(origin(node), part.operand, converted);
    part = {converted, true};
  }
  if (parts.size() == 1 && relu == nullptr) return parts.front();

  std::vector<Operand> operands;
  for (const Gradient& part : parts) operands.push_back(part.operand);
  if (relu != nullptr) operands.push_back(*relu);
  const auto owned = std::find_if(parts.begin(), parts.end(), [](const Gradient& g) { return g.owned; });
  operands.push_back(owned != parts.end() ? owned->operand : writer_.make_value(shapes_[node], layout, -1));
  const int count = static_cast<int>(parts.size());
  const bool masked = relu != nullptr;
  const int64_t length = floats(operands.back());
  writer_.add_kernel(origin(node), masked ? "relu gradient" : "sum of gradients", operands, [=](void* const* at) {
    pointwise::sum(reinterpret_cast<const float* const*>(at), count, masked ? static_cast<const float*>(at[count]) : nullptr, static_cast<float*>(at[count + masked]), length);
  }, 0);
  parts = {{operands.back(), true}};
  return parts.front();
}

Operand TrainPlanBuilder::parameter_in(int node, int i, const dnnl::memory::desc& form, const dnnl::memory::dims& exact) {
  const int parameter = parameters_.index(node, i);
  parameters_.place(parameter, form, exact);
  const Operand home = parameters_.value(parameter);
  if (home.desc == form) return home;
  for (const Form& other : forms_) {
    if (other.parameter == parameter && other.operand.desc == form) return other.operand;
  }
  const Operand copy = writer_.make_memory(form);
  writer_.add_reorder(origin(node), home, copy);
  forms_.push_back({parameter, copy});
  return copy;
}

Operand TrainPlanBuilder::parameter_gradient(int node, int i, const dnnl::memory::desc& form) {
  const int parameter = parameters_.index(node, i);
  const Operand home = parameters_.gradient(parameter);
  if (home.desc == form) return home;
  pending_.push_back({parameter, writer_.make_memory(form)});
  return pending_.back().operand;
}

void TrainPlanBuilder::flush_parameter_gradients(int node) {
  for (const Form& form : pending_) writer_.add_reorder(origin(node), form.operand, parameters_.gradient(form.parameter));
  pending_.clear();
}

}  // namespace quintet
