#include "ops/planar_convolution.h"

#include <memory>

#include "ops/blocked_operand.h"
#include "plan/forward_context.h"
#include "runtime/memory.h"

namespace quintet {

void forward_planar(ForwardContext& at, const PlanarShape& shape) {
  const Operand in = at.input(0, shape.source_block != 0 ? Layout::kBlocked : Layout::kPlain), out = at.output(Layout::kBlocked);
  const auto kernel = std::make_shared<const PlanarConvolution>(shape, at.threads());
  const Operand weights = at.own_filters("planar", kernel->packed_weight_floats() * sizeof(float), [&](void* to) {
    const int64_t area = shape.kernel_height * shape.kernel_width;
    const AlignedBuffer plain(shape.out_channels * shape.in_channels * area * sizeof(float), "packing " + at.node());   // not from the heap, which would keep it
    auto* oihw = static_cast<float*>(plain.data());
    at.filters().write_weights(oihw, shape.out_channels, shape.in_channels, shape.in_channels, area);
    kernel->pack(oihw, static_cast<float*>(to));
  });
  const Operand bias = at.packed_bias(round_up(shape.out_channels, shape.block));
  const Finish finish = *at.finish();
  const int64_t image_stride = in.desc.get_strides()[0];
  const BlockedTarget target = blocked_strides<BlockedTarget>(out);
  at.add_kernel("planar", {in, weights, bias, out},
                [=](void* const* operands) {
                  BlockedTarget to = target;
                  to.data = static_cast<float*>(operands[3]);
                  kernel->run(static_cast<const float*>(operands[0]), image_stride, static_cast<const float*>(operands[1]), static_cast<const float*>(operands[2]), finish, to,
                              operands[4]);
                },
                kernel->scratch_bytes());
}

}  // namespace quintet
