#include "ops/byte_convolution.h"

#include <memory>

#include "plan/forward_context.h"

namespace quintet {

void forward_bytes(ForwardContext& at, const ConvolutionShape& shape) {
  const Operand in = at.narrow_input(0), out = at.output(at.result_form());
  const auto kernel = std::make_shared<const ByteConvolution>(shape, at.threads());
  const Operand weights = at.own_filters("byte convolution", kernel->packed_bytes(), [&](void* to) {
    kernel->pack([&](int64_t o, int8_t* row) { at.filters().write_integers(o, row, shape.in_channels * shape.kernel_height * shape.kernel_width); }, to);
  });
  const int64_t filled_up = ByteConvolution::filled_up(shape.out_channels);
  const bool biased = at.has_bias();
  const Operand scales = at.integer_scales(filled_up), bias = biased ? at.packed_bias(filled_up) : scales;
  const ByteEpilogue epilogue{nullptr, nullptr, at.epilogue_order() == Epilogue::kRelu, 1 / out.type.scale, out.type.zero};
  const int zero = in.type.zero;
  at.add_kernel("bytes", {in, weights, scales, bias, out},
                [=](void* const* o) {
                  ByteEpilogue numbers = epilogue;
                  numbers.scales = static_cast<const float*>(o[2]);
                  if (biased) numbers.bias = static_cast<const float*>(o[3]);
                  kernel->run(static_cast<const uint8_t*>(o[0]), zero, o[1], numbers, static_cast<uint8_t*>(o[4]), o[5]);
                },
                kernel->scratch_bytes());
}

}  // namespace quintet
