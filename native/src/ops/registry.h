// Operators by name. A family's file registers itself with a table at its end.
#pragma once

#include <initializer_list>
#include <string>

#include "graph/attributes.h"
#include "ops/operator.h"

namespace quintet {

using OperatorParser = OperatorPtr (*)(const std::string& op, Attributes& attributes);

struct Registration {
  Registration(std::initializer_list<const char*> names, OperatorParser parser);
};

/// Throws Error kArgument listing the known operators if `op` is none.
OperatorPtr make_operator(const std::string& op, Attributes& attributes);

}  // namespace quintet
