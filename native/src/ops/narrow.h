// Convolution and dense layers over narrow values: what their primitives have in common.
#pragma once

#include <functional>

#include "plan/forward_context.h"

namespace quintet {

/// Makes the primitive's description from the forms of source, weights, bias (empty: none) and target.
using DescribeLinear = std::function<dnnl::primitive_desc_base(const dnnl::memory::desc& source, const dnnl::memory::desc& weights, const dnnl::memory::desc& bias,
                                                               const dnnl::memory::desc& target, const dnnl::primitive_attr& attributes)>;

/// Appends it. `weight_dims` are the weights' (with groups in front where there are any). False, and nothing appended, where oneDNN has
/// only its reference code for it.
bool add_narrow_linear(ForwardContext& at, const dnnl::memory::dims& weight_dims, const DescribeLinear& describe);

}  // namespace quintet
