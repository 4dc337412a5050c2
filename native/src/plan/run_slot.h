// What a Session holds: a plan and the caller's buffers.
#pragma once

#include <memory>
#include <vector>

#include "plan/compiled_model.h"

namespace quintet {

class RunSlot {
 public:
  RunSlot(std::shared_ptr<CompiledModel> model, std::shared_ptr<const Plan> plan) : model(std::move(model)), plan(std::move(plan)), slots(this->plan->outputs.size() + 1, nullptr) {}

  std::shared_ptr<CompiledModel> model;
  std::shared_ptr<const Plan> plan;
  std::vector<void*> slots;     // input first
  int lane = 0;                 // the one used last: its memory is warm
};

}  // namespace quintet
