// A blocked operand as the own kernels see it.
#pragma once

#include "kernels/blocked.h"
#include "plan/operand.h"

namespace quintet {

/// BlockedSource or BlockedTarget with the operand's strides; its address is known when a step runs.
template <typename BlockedTensor>
BlockedTensor blocked_strides(const Operand& operand) {
  const auto strides = operand.desc.get_strides();
  BlockedTensor tensor;
  tensor.image_stride = strides[0];
  tensor.block_stride = strides[1];
  return tensor;
}

}  // namespace quintet
