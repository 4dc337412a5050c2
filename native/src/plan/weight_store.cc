#include "plan/weight_store.h"

namespace quintet {
namespace {

int64_t elements(const dnnl::memory::desc& desc) {
  int64_t product = 1;
  for (int64_t d : desc.get_dims()) product *= d;
  return product;
}

}  // namespace

std::shared_ptr<PackedTensor> WeightStore::reordered(const std::string& key, const dnnl::memory::desc& from, const void* data, const dnnl::memory::desc& to) {
  auto tensor = std::make_shared<PackedTensor>(PackedTensor{to, AlignedBuffer(to.get_size(), "the weights of " + key)});
  dnnl::memory source(from, engine_, const_cast<void*>(data)), target(to, engine_, tensor->buffer.data());
  dnnl::stream stream(engine_);
  dnnl::reorder(source, target).execute(stream, source, target);
  stream.wait();
  return tensor;
}

std::shared_ptr<const PackedTensor> WeightStore::packed(const std::string& key, const dnnl::memory::desc& desc, const void* stored,
                                                        const std::function<void(float*)>& write, const std::function<void()>& read) {
  std::lock_guard lock(mutex_);
  auto& forms = tensors_[key];
  for (const auto& form : forms) {
    if (form->desc == desc) return form;
  }
  std::shared_ptr<PackedTensor> made;
  const bool first = forms.empty();
  if (!first) {
    made = reordered(key, forms.front()->desc, forms.front()->buffer.data(), desc);
  } else if (stored != nullptr) {
    made = reordered(key, row_major(desc), stored, desc);
  } else if (desc == row_major(desc)) {
    made = std::make_shared<PackedTensor>(PackedTensor{desc, AlignedBuffer(desc.get_size(), "the weights of " + key)});
    write(static_cast<float*>(made->buffer.data()));
  } else {
    const AlignedBuffer values(static_cast<size_t>(elements(desc)) * sizeof(float), "packing " + key);
    write(static_cast<float*>(values.data()));
    made = reordered(key, row_major(desc), values.data(), desc);
  }
  forms.push_back(made);
  if (first && read) read();
  return made;
}

std::shared_ptr<const PackedTensor> WeightStore::converted(const std::string& key, const dnnl::memory::desc& desc, const dnnl::memory::desc& from, const void* data) {
  std::lock_guard lock(mutex_);
  auto& forms = tensors_[key];
  for (const auto& form : forms) {
    if (form->desc == desc) return form;
  }
  forms.push_back(reordered(key, from, data, desc));
  return forms.back();
}

std::shared_ptr<const PackedTensor> WeightStore::own(const std::string& key, size_t bytes, const std::function<void(void*)>& pack) {
  std::lock_guard lock(mutex_);
  auto& forms = tensors_[key];
  if (forms.empty()) {
    auto made = std::make_shared<PackedTensor>(PackedTensor{{}, AlignedBuffer(bytes, "the weights of " + key)});
    pack(made->buffer.data());
    forms.push_back(made);
  }
  return forms.front();
}

std::optional<Layout> WeightStore::input_layout(const std::string& node) const {
  std::lock_guard lock(mutex_);
  const auto at = input_layouts_.find(node);
  return at == input_layouts_.end() ? std::nullopt : std::optional(at->second);
}

void WeightStore::set_input_layout(const std::string& node, Layout layout) {
  std::lock_guard lock(mutex_);
  input_layouts_.emplace(node, layout);
}

int64_t WeightStore::bytes() const {
  std::lock_guard lock(mutex_);
  int64_t sum = 0;
  for (const auto& [key, forms] : tensors_) {
    for (const auto& form : forms) sum += static_cast<int64_t>(form->buffer.size());
  }
  return sum;
}

}  // namespace quintet
