#include "train/train_context.h"

#include <algorithm>
#include <cstring>

namespace quintet {

Operand TrainContext::output(Layout layout) {
  const Operand value = builder_.writer().make_value(output_shape(), layout, -1);
  builder_.set_value(id_, value);
  return value;
}

std::optional<Operand> TrainContext::workspace(const dnnl::memory::desc& desc) {
  if (!desc || desc.get_size() == 0) return {};
  return memory(desc);
}

Operand TrainContext::constant(int64_t length, float value) const {
  auto tensor = std::make_shared<PackedTensor>(PackedTensor{vector_desc(length), AlignedBuffer(length * sizeof(float), "a constant")});
  std::fill_n(static_cast<float*>(tensor->buffer.data()), length, value);
  Operand operand;
  operand.where = Operand::Where::kConstant;
  operand.desc = operand.logical = tensor->desc;
  operand.constant = std::move(tensor);
  return operand;
}

Operand TrainContext::in_form(const Operand& from, const dnnl::memory::desc& form) {
  if (from.desc == form) return from;
  Operand copy = builder_.writer().make_memory(form);
  copy.layout = from.layout;
  copy_form(from, copy);
  return copy;
}

void TrainContext::copy_form(const Operand& from, const Operand& to) {
  Operand source = from, target = to;
  source.logical = from.desc;
  target.logical = to.desc;
  builder_.writer().add_reorder(origin(), source, target);
}

Operand TrainContext::input_gradient(int i, Layout layout) {
  const Operand part = builder_.writer().make_value(input_shape(i), layout, -1);
  builder_.add_gradient(input_node(i), part, true);
  return part;
}

bool TrainContext::offsets_are_ignored() const {
  if (program_node().wanted || absorbed_activation()) return false;
  const std::vector<int> readers = builder_.program().readers(id_);
  return std::all_of(readers.begin(), readers.end(), [&](int r) { return builder_.learns(r) && builder_.program().nodes[r].op->ignores_offsets(); });
}

dnnl::primitive_attr TrainContext::attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

dnnl::primitive_attr TrainContext::activating_attributes() const {
  dnnl::primitive_attr result = attributes();
  if (const auto activation = absorbed_activation()) {
    dnnl::post_ops post_ops;
    post_ops.append_eltwise(onednn_algorithm(*activation), 0.f, 0.f);
    result.set_post_ops(post_ops);
  }
  return result;
}

StepOrigin TrainContext::origin() const {
  StepOrigin origin = builder_.origin(id_);
  if (in_backward_) origin.op += " gradient";
  return origin;
}

void TrainContext::add_primitive(const dnnl::primitive_desc_base& description, const Arguments& arguments, Layout layout) {
  builder_.writer().add_primitive(origin(), description, arguments, layout);
}

void TrainContext::add_kernel(const std::string& name, std::vector<Operand> operands, PlanWriter::Kernel kernel, size_t scratch_bytes) {
  builder_.writer().add_kernel(origin(), name, std::move(operands), std::move(kernel), scratch_bytes);
}

void TrainContext::add_clear(const Operand& out) {
  const size_t bytes = builder_.writer().root(out.root).bytes;
  add_kernel("clear", {out}, [bytes](void* const* operands) { std::memset(operands[0], 0, bytes); });
}

void TrainContext::defer_kernel(const std::string& name, std::vector<Operand> operands, PlanWriter::Kernel kernel) {
  PlanWriter& writer = builder_.writer();
  builder_.defer([&writer, origin = origin(), name, operands = std::move(operands), kernel = std::move(kernel)] {
    writer.add_kernel(origin, name, operands, kernel, 0);
  });
}

}  // namespace quintet
