#include "plan/weight_store.h"

#include <sstream>

#include "graph/checksum.h"
#include "quintet/error.h"

namespace quintet {
namespace {

int64_t elements(const dnnl::memory::desc& desc) {
  int64_t product = 1;
  for (int64_t d : desc.get_dims()) product *= d;
  return product;
}

/// A name for the form of a packed tensor: what decides where each number lies, in a checksum. Equal forms have equal names in every process
/// of one version of oneDNN.
std::string form_name(const std::string& key, const dnnl::memory::desc& desc) {
  if (desc.is_zero()) return key;
  std::ostringstream text;
  const auto list = [&](const dnnl::memory::dims& values) {
    for (int64_t v : values) text << v << ',';
    text << ';';
  };
  for (const auto& values : {desc.get_dims(), desc.get_padded_dims(), desc.get_padded_offsets(), desc.get_strides(), desc.get_inner_blks(), desc.get_inner_idxs()}) list(values);
  text << static_cast<int>(desc.get_data_type()) << ';' << static_cast<int>(desc.get_format_kind()) << ';' << desc.get_submemory_offset() << ';' << desc.get_size();
  return key + "@" + checksum(text.str());
}

}  // namespace

std::shared_ptr<PackedTensor> WeightStore::saved(const std::string& form, const dnnl::memory::desc& desc, size_t bytes) const {
  if (!saved_) return nullptr;
  const auto at = saved_->find(form);
  if (at == saved_->end()) throw Error(ErrorKind::kFormat, "the saved model has no weights for " + form);
  if (at->second.bytes < static_cast<int64_t>(bytes)) {
    throw Error(ErrorKind::kFormat, "the saved model's weights for " + form + " have " + std::to_string(at->second.bytes) + " bytes, expected " + std::to_string(bytes));
  }
  return std::make_shared<PackedTensor>(PackedTensor{desc, AlignedBuffer::borrowed(at->second.data, bytes)});
}

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
  if (first && saved_) {
    forms.push_back(saved(form_name(key, desc), desc, desc.get_size()));
    return forms.back();
  }
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
  forms.push_back(forms.empty() && saved_ ? saved(form_name(key, desc), desc, desc.get_size()) : reordered(key, from, data, desc));
  return forms.back();
}

std::shared_ptr<const PackedTensor> WeightStore::own(const std::string& key, size_t bytes, const std::function<void(void*)>& pack) {
  std::lock_guard lock(mutex_);
  auto& forms = tensors_[key];
  if (forms.empty() && saved_) forms.push_back(saved(key, {}, bytes));
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

std::map<std::string, std::shared_ptr<const PackedTensor>> WeightStore::forms() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, std::shared_ptr<const PackedTensor>> found;
  for (const auto& [key, forms] : tensors_) {
    for (const auto& form : forms) found.emplace(form_name(key, form->desc), form);
  }
  return found;
}

}  // namespace quintet
