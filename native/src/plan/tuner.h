// Measures, layer by layer, the ways that a network's layers can be computed in, and finds the fastest.
#pragma once

#include <string>

#include "graph/graph_data.h"
#include "quintet/model.h"

namespace quintet {

/// The report of quintet::tune. Every way is measured inside the whole network, for all layers at a time: inputs lie where the layer
/// before left them and weights are as cold as in a run. Each measurement alternates with one of the cost model's plan, so that a
/// machine that slows down meanwhile favours nobody. `options.choices` do not count.
std::string run_tuner(const GraphData& graph, const TensorTable& weights, const CompileOptions& options);

}  // namespace quintet
