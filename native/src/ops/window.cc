#include "ops/window.h"

#include <algorithm>

#include "graph/attributes.h"
#include "quintet/error.h"

namespace quintet {
namespace {

constexpr int64_t kLargest = 1 << 20;   // no kernel, stride or padding is near it; keeps the products below in range

std::array<int64_t, 2> pair(Attributes& attributes, const std::string& key, std::vector<int64_t> values) {
  for (int64_t v : values) {
    if (v < 1 || v > kLargest) attributes.fail("attribute '" + key + "' has the value " + std::to_string(v) + ", expected 1 or more");
  }
  return {values[0], values[1]};
}

}  // namespace

Padding parse_padding(Attributes& attributes) {
  const auto p = attributes.integers("padding", 4);
  for (int64_t v : p) {
    if (v < 0 || v > kLargest) attributes.fail("padding " + std::to_string(v) + " is negative or too large");
  }
  return {p[0], p[1], p[2], p[3]};
}

Window Window::parse(Attributes& attributes, bool stride_is_kernel) {
  Window w;
  const auto kernel = attributes.integers("kernel", 2);
  w.kernel = pair(attributes, "kernel", kernel);
  w.stride = pair(attributes, "stride", attributes.integers("stride", 2, stride_is_kernel ? kernel : std::vector<int64_t>{1, 1}));
  w.dilation = pair(attributes, "dilation", attributes.integers("dilation", 2, {1, 1}));
  w.ceil = attributes.flag("ceil", false);
  const std::string padding = attributes.has("padding") ? std::string() : "valid";
  if (padding.empty()) {
    Attributes copy = attributes;
    const std::string word = copy.word("padding", "");
    if (word == "same" || word == "valid") {
      w.same = attributes.word("padding", "") == "same";
    } else {
      w.padding = parse_padding(attributes);
    }
  }
  return w;
}

AxisWindow Window::axis(const std::string& node, int axis, int64_t input) const {
  const char* axis_name = axis == 0 ? "height" : "width";
  const int64_t extent = this->extent(axis);
  const int64_t step = stride[axis];
  AxisWindow a;
  if (same) {
    a.output = (input + step - 1) / step;
    const int64_t total = std::max<int64_t>(0, (a.output - 1) * step + extent - input);
    a.begin = total / 2;
    a.end = total - a.begin;
    return a;
  }
  a.begin = axis == 0 ? padding.top : padding.left;
  const int64_t end = axis == 0 ? padding.bottom : padding.right;
  const int64_t padded = input + a.begin + end;
  if (padded < extent) {
    throw Error(ErrorKind::kShape, node + ": kernel " + axis_name + " " + std::to_string(extent) + " exceeds the padded input's " + std::to_string(padded));
  }
  a.output = (padded - extent + (ceil ? step - 1 : 0)) / step + 1;
  if (ceil && (a.output - 1) * step >= input + a.begin) --a.output;   // the last window would start outside
  a.end = std::max(end, (a.output - 1) * step + extent - input - a.begin);
  return a;
}

}  // namespace quintet
