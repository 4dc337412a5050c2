// The forms of a convolution's two sides for which oneDNN has an optimised kernel.
#pragma once

#include <utility>

#include "plan/plan_writer.h"

namespace quintet {

/// The forms of a convolution's input and output (or of their gradients).
struct Sides {
  dnnl::memory::desc source, target;
};

/// What `describe` makes of the forms at hand or, if oneDNN has only its reference code for them, of the first of the other common
/// forms for which it has better: reordering is much cheaper.
template <typename Describe>
auto optimized(const Operand& source, const Operand& target, Describe&& describe) {
  using Tag = dnnl::memory::format_tag;
  const auto in = [&](Tag tag) {
    const auto form = [&](const Operand& o) { return dnnl::memory::desc(o.desc.get_dims(), dnnl::memory::data_type::f32, tag); };
    return Sides{form(source), form(target)};
  };
  const Sides given{source.desc, target.desc};
  auto description = describe(given);
  for (const Sides& other : {in(Tag::nhwc), in(Tag::nchw)}) {
    if (!is_reference(description)) break;
    if (auto better = describe(other); !is_reference(better)) return std::pair(better, other);
  }
  return std::pair(description, given);
}

}  // namespace quintet
