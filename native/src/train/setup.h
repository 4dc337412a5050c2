// TrainOptions read and checked against the graph, and the graph as training computes it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "passes/program.h"
#include "quintet/trainer.h"
#include "train/train_plan_builder.h"

namespace quintet {

/// Throws Error kArgument naming the option that is out of range.
void check_train_options(const TrainOptions& options);

/// The heads with a weight, in the graph's order. Throws Error kArgument (a line that names no head, a weight that is negative, no head
/// left), kShape (logits that are not one vector a picture).
std::vector<HeadLoss> head_losses(const GraphData& graph, const TrainOptions& options);

/// Throws Error kArgument naming a layer that the graph has not.
std::set<std::string> frozen_layers(const GraphData& graph, const TrainOptions& options);

/// All that the heads' logits depend on; padding taken into windows, and reshapes dropped where their readers need none.
Program training_program(const GraphData& graph, const std::vector<HeadLoss>& heads, int block);

}  // namespace quintet
