// The sliding window that convolution and pooling share: kernel, stride, padding, dilation, and the output size they give.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace quintet {

class Attributes;

struct Padding {
  int64_t top = 0, left = 0, bottom = 0, right = 0;
  Padding operator+(const Padding& o) const { return {top + o.top, left + o.left, bottom + o.bottom, right + o.right}; }
  bool operator==(const Padding&) const = default;
};

/// One axis of a window over an input of known size.
struct AxisWindow {
  int64_t output = 0, begin = 0, end = 0;   // output size, padding before and behind (behind: what the last window covers)
};

struct Window {
  std::array<int64_t, 2> kernel{1, 1}, stride{1, 1}, dilation{1, 1};   // height, width
  bool same = false;      // Keras `same`: output = ceil(input / stride), the odd cell of padding behind
  bool ceil = false;      // Caffe, torchvision ceil_mode: a partial last window counts unless it starts outside input and padding
  Padding padding;        // explicit; zero where `same`

  /// Cells from the kernel's first to its last along an axis.
  int64_t extent(int axis) const { return (kernel[axis] - 1) * dilation[axis] + 1; }

  /// Throws Error kShape naming node and axis where the kernel is larger than the padded input.
  AxisWindow axis(const std::string& node, int axis, int64_t input) const;

  /// Reads kernel, stride, padding=valid|same|top,left,bottom,right (and, for convolution, dilation).
  static Window parse(Attributes& attributes, bool stride_is_kernel);

  bool operator==(const Window&) const = default;
};

/// Windows over a result, wholly inside of it, whose cells are summed and multiplied by a factor (1, or what makes it an average).
struct WindowSums {
  std::array<int64_t, 2> kernel{1, 1}, stride{1, 1};
  double factor = 1;
};

/// Kernels that are sums of smaller ones: of one `kernel` at each of window[0] x window[1] places, `step` cells from place to place.
struct KernelSums {
  std::array<int64_t, 2> kernel{1, 1}, window{1, 1}, step{1, 1};

  int64_t places() const { return window[0] * window[1]; }
  int64_t extent(int axis) const { return (window[axis] - 1) * step[axis] + kernel[axis]; }
};

/// top,left,bottom,right, none negative.
Padding parse_padding(Attributes& attributes);

}  // namespace quintet
