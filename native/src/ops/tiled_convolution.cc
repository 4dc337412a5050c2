#include "ops/tiled_convolution.h"

#include <memory>

#include "ops/blocked_operand.h"
#include "plan/forward_context.h"
#include "runtime/memory.h"

namespace quintet {

std::string kernel_name(const TiledShape& shape) {
  std::string form = shape.tile == 1 ? "matrix" : "winograd f(" + std::to_string(shape.tile) + "," + std::to_string(shape.taps) + ")";
  if (shape.tile != 1 && shape.stride != 1) form += " stride " + std::to_string(shape.stride);
  return form + (shape.factors == Factors::kBfloat16 ? " bf16" : "");
}

TiledStep tiled_step(const std::shared_ptr<const TiledConvolution>& kernel, const TiledOperands& o) {
  const BlockedSource source = blocked_strides<BlockedSource>(o.in);
  const BlockedTarget target = blocked_strides<BlockedTarget>(o.out);
  const bool biased = o.bias.has_value(), adds = o.residual.has_value();
  Epilogue epilogue;
  epilogue.order = o.order;
  if (adds) epilogue.residual = blocked_strides<BlockedSource>(*o.residual);
  return {{o.in, o.weights, o.bias.value_or(o.weights), o.residual.value_or(o.in), o.out}, [=](void* const* operands) {
            BlockedSource from = source;
            BlockedTarget to = target;
            Epilogue behind = epilogue;
            from.data = static_cast<const float*>(operands[0]);
            if (biased) behind.bias = static_cast<const float*>(operands[2]);
            if (adds) behind.residual.data = static_cast<const float*>(operands[3]);
            to.data = static_cast<float*>(operands[4]);
            kernel->run(from, to, behind, operands[1], operands[5]);
          }};
}

void forward_tiled(ForwardContext& at, TiledShape shape) {
  const Operand in = at.input(0, Layout::kBlocked), out = at.output(Layout::kBlocked);
  shape.tile = at.tile();
  shape.factors = at.factors();
  const auto schedule = at.tile_schedule();
  const auto kernel = schedule ? std::make_shared<const TiledConvolution>(shape, at.threads(), *schedule) : std::make_shared<const TiledConvolution>(shape, at.threads());
  const std::string name = kernel_name(shape);
  const int64_t area = shape.taps * shape.taps;
  Operand weights = at.own_filters(name, kernel->packed_bytes(), [&](void* to) {
    // Not from the heap, which would keep pages of the size of the largest layer.
    const AlignedBuffer plain(shape.out_channels * shape.in_channels * area * sizeof(float), "packing " + at.node());
    auto* oihw = static_cast<float*>(plain.data());
    at.filters().write_weights(oihw, shape.out_channels, shape.in_channels, shape.in_channels, area);
    kernel->pack(oihw, nullptr, to);
  });
  if (shape.factors == Factors::kBfloat16) weights.type.kind = NumberType::kBfloat16;
  const Operand bias = at.packed_bias(round_up(shape.out_channels, shape.block));
  TiledStep step = tiled_step(kernel, {in, weights, bias, at.addend(Layout::kBlocked), at.epilogue_order(), out});
  at.add_kernel(name, std::move(step.operands), std::move(step.run), kernel->scratch_bytes(), kernel->multiplications());
}

}  // namespace quintet
