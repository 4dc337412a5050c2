// Graph + weights -> Program: finds every parameter by name and reports all that is wrong at once.
#pragma once

#include "passes/program.h"
#include "quintet/model.h"

namespace quintet {

/// `block`: channels in a block on this CPU. Throws Error kWeights (missing, misshapen, left over), kArgument (unknown output or head).
Program bind(const GraphData& graph, const TensorTable& weights, const CompileOptions& options, int block);

/// Throws Error kWeights listing every parameter of the graph that is missing or misshapen and, unless allowed, every tensor left over.
void check_weights(const GraphData& graph, const TensorTable& weights, bool ignore_unused);

/// Non-empty lines of `text`.
std::vector<std::string> lines(const std::string& text);

}  // namespace quintet
