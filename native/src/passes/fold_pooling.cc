// Makes sums and averages over windows of a convolution's results part of its kernels, with nothing but rounding between the two: a 5x5
// convolution and an average of 2x2 results are one of 6x6 with steps of two, which takes a third of the multiplications. Sums of integer weights are
// no bytes any more: such a layer computes in float32, which is quicker than bytes with three times the products.
#include "passes/passes.h"

namespace quintet {

void fold_pooling(Program& program) {
  for (int id : program.order) {
    const ProgramNode& node = program.nodes[id];
    if (!node.alive || !node.op) continue;
    const auto sums = node.op->as_window_sums();
    if (!sums) continue;
    const int before = node.inputs[0];
    ProgramNode& linear = program.nodes[before];
    if (!linear.filters || linear.wanted || !linear.post_ops.empty() || program.readers(before).size() != 1) continue;
    if (linear.filters->has_sums()) continue;
    const auto summed = linear.op->with_window_sums(*sums);
    if (!summed) continue;
    linear.op = summed->op;
    linear.filters->fold(summed->kernels, sums->factor);
    program.replace(id, before);
  }
}

}  // namespace quintet
