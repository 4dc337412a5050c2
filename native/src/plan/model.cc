#include "quintet/model.h"

#include "plan/compiled_model.h"
#include "plan/run_slot.h"
#include "plan/tuner.h"
#include "quintet/error.h"

namespace quintet {
namespace {

void check_bytes(const std::string& what, const Shape& shape, int64_t bytes) {
  const int64_t expected = shape.elements() * static_cast<int64_t>(sizeof(float));
  if (bytes == expected) return;
  throw Error(ErrorKind::kShape, what + " of shape " + to_string(shape) + " needs " + std::to_string(expected) + " bytes, found " + std::to_string(bytes));
}

int64_t dim(const Shape& shape, int axis) {
  if (axis < 0 || axis >= shape.rank) throw Error(ErrorKind::kArgument, "axis " + std::to_string(axis) + " does not exist in " + to_string(shape));
  return shape.dims[axis];
}

const Shape& output_shape(const RunSlot& slot, int output) {
  if (output < 0 || output >= static_cast<int>(slot.plan->outputs.size())) throw Error(ErrorKind::kArgument, "output " + std::to_string(output) + " does not exist");
  return slot.plan->outputs[output];
}

}  // namespace

Model::Model(const Graph& graph, const TensorTable& weights, const CompileOptions& options)
    : compiled_(std::make_shared<CompiledModel>(*graph.data(), weights, options)) {}
Model::~Model() = default;

int Model::output_count() const { return static_cast<int>(compiled_->outputs().size()); }

std::string Model::output_name(int output) const {
  if (output < 0 || output >= output_count()) throw Error(ErrorKind::kArgument, "output " + std::to_string(output) + " does not exist");
  return compiled_->outputs()[output].name;
}

int64_t Model::packed_bytes() const { return compiled_->packed_bytes(); }
int64_t Model::arena_bytes() const { return compiled_->arena_bytes(); }
std::string Model::explain() const { return compiled_->explain(); }
std::string Model::profile(int runs) const { return compiled_->profile(runs); }
std::string Model::limits() const { return compiled_->limits(); }

std::string tune(const Graph& graph, const TensorTable& weights, const CompileOptions& options) { return run_tuner(*graph.data(), weights, options); }

Session::Session(const Model& model, int64_t batch, int64_t height, int64_t width)
    : slot_(std::make_unique<RunSlot>(model.compiled(), model.compiled()->plan(batch, height, width))) {}
Session::~Session() = default;

int Session::input_rank() const { return slot_->plan->input.rank; }
int64_t Session::input_dim(int axis) const { return dim(slot_->plan->input, axis); }
int Session::output_rank(int output) const { return output_shape(*slot_, output).rank; }
int64_t Session::output_dim(int output, int axis) const { return dim(output_shape(*slot_, output), axis); }

void Session::bind_input(const void* data, int64_t bytes) {
  check_bytes("the input", slot_->plan->input, bytes);
  slot_->slots[0] = const_cast<void*>(data);
}

void Session::bind_output(int output, void* data, int64_t bytes) {
  const Shape& shape = output_shape(*slot_, output);
  if (data != nullptr) check_bytes("output " + slot_->model->outputs()[output].name, shape, bytes);
  slot_->slots[output + 1] = data;
}

void Session::run(int64_t timeout_ms) {
  if (slot_->slots[0] == nullptr) throw Error(ErrorKind::kArgument, "no input is bound");
  slot_->model->run(slot_->plan, slot_->slots.data(), slot_->lane, timeout_ms);
}

}  // namespace quintet
