// The networks' kinds in small, for tests of whole plans.
#pragma once

#include <vector>

#include "network.h"

namespace quintet::testing {

Network lenet();       // 1x28x28: 5x5 convolutions, pools, dense layers
Network resnet();      // 3x32x32 or another size: 7x7/2, bottlenecks with and without projection, mean
Network googlenet();   // 3x24x28 or another size: LRN, inception modules, average pool, mean

/// An answer as a vector, to compare with.
reference::Tensor as_tensor(const std::vector<float>& values);

}  // namespace quintet::testing
