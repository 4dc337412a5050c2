// ModelParts: what a model is saved as.
#include "plan/compiled_model.h"
#include "plan/saved_weights.h"
#include "quintet/error.h"
#include "quintet/model.h"

namespace quintet {
namespace {

constexpr int64_t kUnit = 64;   // bytes; buffers are whole pages, so that what lies between their end and the next multiple can be read

}  // namespace

struct ModelParts::Parts {
  struct Part {
    std::string name;
    DataType type;
    std::vector<int64_t> shape;
    const void* data;
    int64_t bytes;
  };

  std::shared_ptr<CompiledModel> model;
  std::vector<std::shared_ptr<const PackedTensor>> kept;
  std::vector<Part> parts;
  std::string choices;

  const Part& at(int part) const {
    if (part < 0 || part >= static_cast<int>(parts.size())) throw Error(ErrorKind::kArgument, "part " + std::to_string(part) + " does not exist");
    return parts[part];
  }
};

ModelParts::ModelParts(const Model& model) : parts_(std::make_unique<Parts>()) {
  parts_->model = model.compiled();
  const CompiledModel& compiled = *parts_->model;
  if (const std::string layer = compiled.layer_with_nan(); !layer.empty()) {
    throw Error(ErrorKind::kWeights, layer + ": weights are no numbers (NaN): such a model is not saved");
  }
  parts_->choices = compiled.choices();
  for (const auto& [name, tensor] : compiled.packed_forms()) {
    const int64_t bytes = round_up(static_cast<int64_t>(tensor->buffer.size()), kUnit);
    parts_->kept.push_back(tensor);
    parts_->parts.push_back({kPackedPrefix + name, DataType::kU8, {bytes}, tensor->buffer.data(), bytes});
  }
  for (const SmallTensors::Copy& small : compiled.small_tensors().all()) {
    parts_->parts.push_back({small.name, small.type, small.shape, small.data.data(), static_cast<int64_t>(small.data.size())});
  }
}

ModelParts::~ModelParts() = default;

int ModelParts::count() const { return static_cast<int>(parts_->parts.size()); }
std::string ModelParts::name(int part) const { return parts_->at(part).name; }
int ModelParts::type(int part) const { return static_cast<int>(parts_->at(part).type); }
int ModelParts::rank(int part) const { return static_cast<int>(parts_->at(part).shape.size()); }
int64_t ModelParts::dim(int part, int axis) const { return parts_->at(part).shape.at(axis); }
int64_t ModelParts::bytes(int part) const { return parts_->at(part).bytes; }
const void* ModelParts::data(int part) const { return parts_->at(part).data; }
std::string ModelParts::choices() const { return parts_->choices; }

}  // namespace quintet
