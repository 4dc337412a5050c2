// A run of channels of another value, read where it lies. Only passes make it.
#pragma once

#include "ops/operator.h"

namespace quintet {

OperatorPtr make_slice(int64_t channels);

}  // namespace quintet
