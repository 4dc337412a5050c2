#include "ops/operator.h"

#include "quintet/error.h"
#include "train/train_context.h"

namespace quintet {

void Operator::check_arity(const std::string& node, size_t inputs) const {
  const bool good = is_concatenation() ? inputs >= 2 : inputs == (is_addition() ? 2u : 1u);
  if (!good) {
    throw Error(ErrorKind::kArgument, node + ": " + std::string(name()) + " was given " + std::to_string(inputs) + " inputs, expected " +
                                          (is_concatenation() ? "two or more" : is_addition() ? "two" : "one"));
  }
}

void Operator::train(TrainContext& at) const { throw Error(ErrorKind::kUnsupported, at.node() + ": " + std::string(name()) + " cannot be trained"); }

}  // namespace quintet
