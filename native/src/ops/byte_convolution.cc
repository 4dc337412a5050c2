#include "ops/byte_convolution.h"

#include <memory>
#include <string>

#include "kernels/byte_convolution.h"
#include "kernels/byte_winograd.h"
#include "plan/forward_context.h"

namespace quintet {
namespace {

/// `work`: products of bytes that take as long as the kernel's, if they are not the operator's.
template <typename Kernel>
void add_step(ForwardContext& at, const ConvolutionShape& shape, const std::string& name, const std::shared_ptr<const Kernel>& kernel, int64_t work = -1) {
  const Operand in = at.narrow_input(0), out = at.output(at.result_form());
  const Operand weights = at.own_filters(name, kernel->packed_bytes(), [&](void* to) {
    kernel->pack([&](int64_t o, int8_t* row) { at.filters().write_integers(o, row, shape.in_channels * shape.kernel_height * shape.kernel_width); }, to);
  });
  const int64_t filled_up = Kernel::filled_up(shape.out_channels);
  const bool biased = at.has_bias();
  const Operand scales = at.integer_scales(filled_up), bias = biased ? at.packed_bias(filled_up) : scales;
  const ByteEpilogue epilogue{nullptr, nullptr, at.epilogue_order() == Epilogue::kRelu, 1 / out.type.scale, out.type.zero};
  const int zero = in.type.zero;
  at.add_kernel(name, {in, weights, scales, bias, out},
                [=](void* const* o) {
                  ByteEpilogue numbers = epilogue;
                  numbers.scales = static_cast<const float*>(o[2]);
                  if (biased) numbers.bias = static_cast<const float*>(o[3]);
                  kernel->run(static_cast<const uint8_t*>(o[0]), zero, o[1], numbers, static_cast<uint8_t*>(o[4]), o[5]);
                },
                kernel->scratch_bytes(), work);
}

}  // namespace

void forward_bytes(ForwardContext& at, const ConvolutionShape& shape) {
  if (at.byte_kernel() == ByteKernel::kWinograd) {
    const auto kernel = std::make_shared<const ByteWinograd>(shape, at.threads());
    add_step(at, shape, kernel->name(), kernel, 2 * kernel->multiplications());
  } else {
    add_step(at, shape, "bytes", std::make_shared<const ByteConvolution>(shape, at.threads()));
  }
}

}  // namespace quintet
