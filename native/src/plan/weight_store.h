// Packed weights of a model, by node and role; made once, shared by all its plans.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "plan/operand.h"
#include "plan/saved_weights.h"

namespace quintet {

class WeightStore {
 public:
  explicit WeightStore(dnnl::engine engine) : engine_(std::move(engine)) {}
  /// Takes everything from what an earlier model saved: nothing is packed. What is missing there is an Error kFormat.
  WeightStore(dnnl::engine engine, std::map<std::string, SavedTensor> saved) : engine_(std::move(engine)), saved_(std::move(saved)) {}

  /// The tensor `key` in the form `desc`. Made from `stored` (row-major, in the dims of `desc`) if that is not null, else from what
  /// `write` puts into a temporary of the same order, and then `read` is called; for a later plan that wants another form, from the one
  /// at hand: the caller's tensors may be gone.
  std::shared_ptr<const PackedTensor> packed(const std::string& key, const dnnl::memory::desc& desc, const void* stored, const std::function<void(float*)>& write,
                                             const std::function<void()>& read = {});

  /// The tensor `key` in the form `desc`, made from `data`, which lies as `from` says and stays there for as long as this store.
  std::shared_ptr<const PackedTensor> converted(const std::string& key, const dnnl::memory::desc& desc, const dnnl::memory::desc& from, const void* data);

  /// A tensor in an own kernel's form, written by `pack` into `bytes` of zeros.
  std::shared_ptr<const PackedTensor> own(const std::string& key, size_t bytes, const std::function<void(void*)>& pack);

  /// The layout of a node's input that its weights are packed for, once set_input_layout was called. Every later plan has to keep to it.
  std::optional<Layout> input_layout(const std::string& node) const;
  void set_input_layout(const std::string& node, Layout layout);

  int64_t bytes() const;

  /// Every tensor in every form, under the name by which `saved` of the constructor finds it again.
  std::map<std::string, std::shared_ptr<const PackedTensor>> forms() const;

 private:
  /// The form of this name from what was saved, or null where nothing was. Throws Error kFormat if it is missing or shorter than `bytes`.
  std::shared_ptr<PackedTensor> saved(const std::string& form, const dnnl::memory::desc& desc, size_t bytes) const;
  std::shared_ptr<PackedTensor> reordered(const std::string& key, const dnnl::memory::desc& from, const void* data, const dnnl::memory::desc& to);

  dnnl::engine engine_;
  const std::optional<std::map<std::string, SavedTensor>> saved_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::shared_ptr<const PackedTensor>>> tensors_;   // a form each
  std::map<std::string, Layout> input_layouts_;
};

}  // namespace quintet
