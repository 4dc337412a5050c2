#include "train/parameter_store.h"

#include <algorithm>

#include "plan/filters.h"
#include "runtime/team.h"

namespace quintet {
namespace {

constexpr int64_t kUnit = 16;   // floats in 64 bytes: every parameter starts on such a boundary

bool is_statistic(const ParameterSpec& spec) { return spec.kind == "mean" || spec.kind == "var"; }

/// Row-major tensors as rows of runs: [outer][middle][inner], of which the first two may be filled up.
struct Box {
  int64_t outer = 1, middle = 1, inner = 1;
  explicit Box(const dnnl::memory::dims& dims) {
    outer = dims[0];
    if (dims.size() > 1) middle = dims[1];
    for (size_t i = 2; i < dims.size(); ++i) inner *= dims[i];
  }
};

/// Copies the common part of two row-major tensors.
void copy_box(const float* from, const Box& source, float* to, const Box& target) {
  const int64_t run = std::min(source.middle, target.middle) * source.inner;
  for (int64_t o = 0; o < std::min(source.outer, target.outer); ++o) {
    std::copy_n(from + o * source.middle * source.inner, run, to + o * target.middle * target.inner);
  }
}

}  // namespace

ParameterStore::ParameterStore(const GraphData& graph, const std::set<std::string>& frozen, const dnnl::engine& engine)
    : engine_(engine), buffers_{std::make_shared<PackedTensor>(), std::make_shared<PackedTensor>()}, fixed_(std::make_shared<PackedTensor>()) {
  for (const GraphNode& node : graph.nodes) {
    first_.push_back(count());
    for (const ParameterSpec& spec : node.parameters) {
      Parameter parameter;
      parameter.spec = spec;
      parameter.trainable = !is_statistic(spec) && !frozen.contains(node.layer);
      parameters_.push_back(std::move(parameter));
    }
  }
}

void ParameterStore::place(int index, const dnnl::memory::desc& form, const dnnl::memory::dims& exact) {
  Parameter& parameter = parameters_[index];
  if (parameter.offset >= 0) return;
  parameter.form = form;
  parameter.exact = exact;
  int64_t& end = parameter.trainable ? trained_floats_ : fixed_floats_;
  parameter.offset = end;
  end += round_up(static_cast<int64_t>(form.get_size() / sizeof(float)), kUnit);
}

Operand ParameterStore::operand(int index, int tensor) const {
  const Parameter& parameter = parameters_[index];
  Operand operand;
  operand.where = Operand::Where::kConstant;
  operand.constant = parameter.trainable ? buffers_[tensor] : fixed_;
  operand.desc = operand.logical = parameter.form;
  operand.byte_offset = parameter.offset * static_cast<int64_t>(sizeof(float));
  return operand;
}

void ParameterStore::allocate(int states, const TensorTable& weights) {
  for (int i = 0; i < count(); ++i) {
    Parameter& parameter = parameters_[i];
    if (parameter.offset >= 0) continue;
    parameter.trainable = false;        // no step reads it: its head is ignored
    place(i, vector_desc(checked_product(parameter.spec.shape)), {checked_product(parameter.spec.shape)});
  }
  fixed_->buffer = AlignedBuffer(fixed_floats_ * sizeof(float), "the fixed parameters");
  for (int s = 0; s < states; ++s) buffers_.push_back(std::make_shared<PackedTensor>());
  for (const auto& buffer : buffers_) buffer->buffer = AlignedBuffer(trained_floats_ * sizeof(float), "the parameters in training");
  std::vector<float> values;
  for (int i = 0; i < count(); ++i) {
    const TensorView& view = *weights.find(spec(i).name);
    values.resize(checked_product(view.shape));
    copy_as_floats(view, 0, static_cast<int64_t>(values.size()), values.data());
    write(i, kValue, values.data());
  }
}

float* ParameterStore::address(const Parameter& parameter, int tensor) const {
  return static_cast<float*>((parameter.trainable ? buffers_[tensor] : fixed_)->buffer.data()) + parameter.offset;
}

void ParameterStore::reorder(const dnnl::memory::desc& from, const float* source, const dnnl::memory::desc& to, float* target) const {
  dnnl::memory source_memory(from, engine_, const_cast<float*>(source)), target_memory(to, engine_, target);
  dnnl::stream stream(engine_);
  const TeamSize one(1);                // a team of the calling thread would outlive this: see with_team
  dnnl::reorder(source_memory, target_memory).execute(stream, source_memory, target_memory);
  stream.wait();
}

void ParameterStore::read(int index, int tensor, float* to) const {
  const Parameter& parameter = parameters_[index];
  const dnnl::memory::desc plain = row_major(parameter.form);
  const AlignedBuffer whole(plain.get_size(), "reading " + parameter.spec.name);
  float* values = static_cast<float*>(whole.data());
  reorder(parameter.form, address(parameter, tensor), plain, values);
  copy_box(values, Box(plain.get_dims()), to, Box(parameter.exact));
}

void ParameterStore::write(int index, int tensor, const float* from) {
  const Parameter& parameter = parameters_[index];
  const dnnl::memory::desc plain = row_major(parameter.form);
  const AlignedBuffer whole(plain.get_size(), "writing " + parameter.spec.name);
  float* values = static_cast<float*>(whole.data());
  // A channel that only fills a block up has variance 1, so that dividing by it does no harm.
  if (parameter.spec.kind == "var") std::fill_n(values, plain.get_size() / sizeof(float), 1.f);
  copy_box(from, Box(parameter.exact), values, Box(plain.get_dims()));
  reorder(plain, values, parameter.form, address(parameter, tensor));
}

Operand ParameterStore::all(int tensor) const {
  Operand operand;
  operand.where = Operand::Where::kConstant;
  operand.constant = buffers_[tensor];
  return operand;
}

std::vector<AlignedBuffer*> ParameterStore::kept() const {
  std::vector<AlignedBuffer*> found{&fixed_->buffer};
  for (size_t tensor = 0; tensor < buffers_.size(); ++tensor) {
    if (tensor != kGradient) found.push_back(&buffers_[tensor]->buffer);
  }
  return found;
}

ParameterStore::Snapshot ParameterStore::save() const {
  Snapshot snapshot;
  for (const AlignedBuffer* buffer : kept()) {
    const float* from = static_cast<const float*>(buffer->data());
    snapshot.emplace_back(from, from + buffer->size() / sizeof(float));
  }
  return snapshot;
}

void ParameterStore::restore(const Snapshot& snapshot) {
  const std::vector<AlignedBuffer*> buffers = kept();
  for (size_t i = 0; i < buffers.size(); ++i) std::copy(snapshot[i].begin(), snapshot[i].end(), static_cast<float*>(buffers[i]->data()));
}

int64_t ParameterStore::bytes() const {
  return (fixed_floats_ + trained_floats_ * static_cast<int64_t>(buffers_.size())) * static_cast<int64_t>(sizeof(float));
}

}  // namespace quintet
