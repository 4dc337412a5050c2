// The model behind weigh_precision: products at the rate of their kind, weights and values at that of memory and caches.
#include <algorithm>

#include "kernels/byte_convolution.h"
#include "kernels/byte_winograd.h"
#include "passes/algorithm.h"
#include "passes/precision.h"
#include "plan/operand.h"

namespace quintet {
namespace {

// How much faster than those the own kernel for few channels is.
constexpr double kPlanarGain = 1.2;
// Nanoseconds to make one narrow result of a sum (oneDNN 3.13), to narrow a stored float, and to widen one, on 8 lanes (Zen 3).
constexpr double kResult = 0.17, kNarrow = 0.17, kWiden = 0.16;
// The same to narrow a picture, whose channels lie apart.
constexpr double kNarrowPicture = 0.75;
// Bytes a nanosecond that copies and pools read and write.
constexpr double kCopyRate = 12, kPoolRate = 40;
// Part of the traffic of values that products do not hide (Zen 4: VGG's first layers, ResNet-18 and GoogLeNet at batch 32).
constexpr double kPassing = 0.5;
// Bytes that converting a number moves: both of its forms, and what is written is read before.
constexpr double kConversionBytes = 8;
// oneDNN's narrow kernels take input channels in fours.
constexpr int64_t kTogether = 4;

double elements_ms(const Shape& shape, double ns, const Target& target) {
  return static_cast<double>(shape.elements()) * ns * 8 / target.core.lanes / target.threads * 1e-6;
}

/// Milliseconds of a team for what takes one core so many nanoseconds.
double team_ms(double ns, const Target& target) { return (ns / target.threads + (target.threads > 1 ? target.core.team_ns : 0)) * 1e-6; }

/// Milliseconds for `macs` multiplications and `weight_bytes` read once.
double products_ms(double macs, double rate, double weight_bytes, const Target& target) {
  return team_ms(overlapped(2 * macs / rate, weight_bytes / target.core.memory_bytes_per_ns), target);
}

/// Milliseconds to fetch and leave values of so many bytes, all together, where they do not stay in the second-level cache.
double traffic_ms(double bytes, const Target& target) {
  if (bytes <= 0.8 * static_cast<double>(target.core.l2_bytes) * target.threads) return 0;
  return bytes / target.core.bytes_per_ns(bytes) / target.threads * 1e-6;
}

/// The same as far as products do not hide it.
double passing_ms(const Shape& in, const Shape& out, double bytes_each, const Target& target) {
  return kPassing * traffic_ms(static_cast<double>(in.elements() + out.elements()) * bytes_each, target);
}

double conversion_ms(const Shape& shape, double ns, const Target& target) {
  return elements_ms(shape, ns, target) + traffic_ms(static_cast<double>(shape.elements()) * kConversionBytes, target);
}

double wide_ms(const ProgramNode& node, const Shape& in, const Shape& out, double macs, double weights, int block, const Target& target) {
  double direct = products_ms(macs, target.core.flops_per_ns * target.core.direct_efficiency, 4 * weights, target);
  if (node.op->planar_shape(node.name, in, out, block) && PlanarConvolution::available(block)) direct /= kPlanarGain;
  const auto tiled = node.op->tiled_shape(node.name, in, out, block);
  if (!tiled || !epilogue_order(node.post_ops)) return direct;
  const TiledShape shape = choose_tile(*tiled, target.threads, target.core, permitted_tiles(target));
  if (shape.tile == 0) return direct;
  return std::min(direct, tiled_estimate_ms(shape, target.threads, choose_schedule(shape, target.threads, target.core), target.core));
}

double narrow_ms(const ProgramNode& node, const Shape& in, const Shape& out, double macs, double weights, bool bytes, const Target& target) {
  const ByteKernel kernel = bytes ? choose_byte_kernel(node, in, out, target) : ByteKernel::kOneDnn;
  if (kernel == ByteKernel::kWinograd) return team_ms(ByteWinograd::estimate_ns(*node.op->convolution_shape(node.name, in, out), target.core), target);
  const double results = elements_ms(out, kResult, target);
  if (kernel == ByteKernel::kDirect) return team_ms(ByteConvolution::estimate_ns(*node.op->convolution_shape(node.name, in, out), target.core), target) + results;
  const double rate = bytes ? target.core.int8_ops_per_ns : target.core.bf16_flops_per_ns;
  const double filled_up = node.op->is_matrix_product() ? 1 : static_cast<double>(round_up(in.c(), kTogether)) / static_cast<double>(in.c());
  return products_ms(macs * filled_up, rate, (bytes ? 1 : 2) * weights, target) + results;
}

/// Few pictures' dense layers are read, not computed: as bytes at the rate of the cache or memory that holds them, turned into floats
/// at that of the arithmetic.
NodeCost reading_cost(double weights, NumberType::Kind kind, const Target& target) {
  const double rate = target.core.bytes_per_ns(weights);
  const double as_floats = std::min(rate, target.core.flops_per_ns / 5);
  return {team_ms(weights / as_floats, target), team_ms(weights / (kind == NumberType::kUint8 ? rate : as_floats), target)};
}

NodeCost linear_cost(const ProgramNode& node, const std::vector<Shape>& in, const Shape& out, int block, const Target& target, NumberType::Kind kind) {
  const auto macs = static_cast<double>(node.op->macs(in, out));
  double weights = 1;
  for (int64_t d : node.filters->parts.front().weight.shape) weights *= static_cast<double>(d);
  const bool bytes = kind == NumberType::kUint8;
  if (node.op->is_matrix_product() && few_pictures(target)) return reading_cost(weights, kind, target);
  return {wide_ms(node, in[0], out, macs, weights, block, target) + passing_ms(in[0], out, sizeof(float), target),
          narrow_ms(node, in[0], out, macs, weights, bytes, target) + passing_ms(in[0], out, bytes ? 1 : 2, target)};
}

}  // namespace

NodeCost estimate(const ProgramNode& node, const std::vector<Shape>& in, const Shape& out, int block, const Target& target, NumberType::Kind kind) {
  if (node.filters) return linear_cost(node, in, out, block, target, kind);
  double elements = static_cast<double>(out.elements());
  for (const Shape& s : in) elements += static_cast<double>(s.elements());
  const bool concatenates = node.op->is_concatenation();
  const double ms_per_byte = 1e-6 / (node.op->keeps_numbers() && !concatenates ? kPoolRate : kCopyRate) / target.threads;
  const double wide = concatenates ? 0 : 4 * elements * ms_per_byte;     // a concatenation in place is no step
  return {wide, (kind == NumberType::kUint8 ? 1 : 2) * elements * ms_per_byte};
}

double narrowing_ms(const Shape& shape, bool picture, const Target& target) { return conversion_ms(shape, picture ? kNarrowPicture : kNarrow, target); }
double widening_ms(const Shape& shape, const Target& target) { return conversion_ms(shape, kWiden, target); }

}  // namespace quintet
