// What the passes that choose precisions share.
#pragma once

#include <optional>

#include "passes/passes.h"

namespace quintet {

/// The narrow numbers that the precision asked for allows and this CPU multiplies faster than float32; nullopt: none.
std::optional<NumberType::Kind> narrow_kind(const Target& target);

/// For all nodes, in which type they write, once it is settled which are narrow.
void settle_types(Program& program);

/// Estimated milliseconds of one node's steps, in float32 and narrow.
struct NodeCost {
  double wide = 0, narrow = 0;
};
NodeCost estimate(const ProgramNode& node, const std::vector<Shape>& in, const Shape& out, int block, const Target& target, NumberType::Kind kind);

/// Of bringing a value from float32 to narrow numbers, and back. `picture`: it lies plain, one channel behind the other.
double narrowing_ms(const Shape& shape, bool picture, const Target& target);
double widening_ms(const Shape& shape, const Target& target);

}  // namespace quintet
