// Softmax and categorical cross-entropy as one operator: stable for logits of any size, and its gradient needs no division.
#pragma once

#include "train/train_plan_builder.h"

namespace quintet {

/// Appends the step that computes a head's loss and, in training, the gradient of its logits.
void add_loss(TrainPlanBuilder& builder, const HeadLoss& head);

}  // namespace quintet
