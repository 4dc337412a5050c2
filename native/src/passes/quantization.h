// What a quantised file holds besides a network's parameters: beside the int8 weight of a layer a scale per output channel,
// "<parameter>_scale" [O], and for every calibrated value its range, "quantization.<node>.range" [2] = least, largest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/graph_data.h"
#include "passes/program.h"
#include "quintet/weights.h"

namespace quintet {

/// The names of all such tensors of this file that belong to a parameter or node of the graph.
std::vector<std::string> quantization_names(const GraphData& graph, const TensorTable& weights);

/// The scales of an int8 weight; empty for any other. Throws Error kWeights if they are missing, misshapen or not floating point.
std::vector<float> weight_scales(const ParameterSpec& weight, const TensorTable& weights);

/// The range of a node's value, if the file has it. Throws Error kWeights if it is misshapen, not finite or upside down.
std::optional<ValueRange> value_range(const std::string& node, const TensorTable& weights);

/// Throws Error kWeights, saying how to make one, if no layer's weight is int8.
void require_quantized(const GraphData& graph, const TensorTable& weights);

}  // namespace quintet
