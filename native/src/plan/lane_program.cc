#include "plan/lane_program.h"

#include <omp.h>

#include <chrono>

#include "quintet/error.h"

namespace quintet {

LaneProgram::LaneProgram(std::shared_ptr<const Plan> plan, const dnnl::engine& engine)
    : plan_(std::move(plan)), engine_(engine), stream_(engine), arena_(plan_->arena_bytes, "activations"), tasks_(plan_->steps.size()), slots_(plan_->outputs.size() + 1) {
  for (size_t i = 0; i < tasks_.size(); ++i) bind(plan_->steps[i], tasks_[i]);
}

void* LaneProgram::address(const Operand& operand) const {
  if (operand.where == Operand::Where::kConstant) return static_cast<char*>(operand.constant->buffer.data()) + operand.byte_offset;
  const MemoryRoot& root = plan_->roots[operand.root];
  return root.slot >= 0 ? nullptr : static_cast<char*>(arena_.data()) + root.offset + operand.byte_offset;
}

void LaneProgram::bind(const Step& step, Task& task) {
  task.team = step.team;
  char* scratch = static_cast<char*>(arena_.data()) + plan_->scratch_offset;
  const auto slot_of = [&](const Operand& o) { return o.where == Operand::Where::kRoot ? plan_->roots[o.root].slot : -1; };
  if (step.function) {
    task.function = &step.function;
    for (const Operand& o : step.operands) task.addresses.push_back(address(o));
    task.addresses.push_back(scratch);
    for (size_t i = 0; i < step.operands.size(); ++i) {
      if (slot_of(step.operands[i]) >= 0) slots_[slot_of(step.operands[i])].addresses.emplace_back(&task.addresses[i], step.operands[i].byte_offset);
    }
    return;
  }
  task.primitive = step.primitive.get();
  for (const auto& [argument, operand] : step.arguments) {
    memories_.emplace_back(operand.desc, engine_, address(operand));
    task.arguments.push_back({argument, memories_.back().get()});
    if (slot_of(operand) >= 0) slots_[slot_of(operand)].memories.emplace_back(memories_.back().get(), operand.byte_offset);
  }
  if (step.scratchpad && step.scratchpad.get_size() > 0) {
    memories_.emplace_back(step.scratchpad, engine_, scratch);
    task.arguments.push_back({DNNL_ARG_SCRATCHPAD, memories_.back().get()});
  }
}

void LaneProgram::move_slots(void* const* slots) {
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    void* target = slots[i];
    if (target == nullptr) {
      if (slot.unbound.data() == nullptr) slot.unbound = AlignedBuffer(plan_->outputs[i - 1].elements() * sizeof(float), "an unbound output");
      target = slot.unbound.data();
    }
    if (target == slot.present) continue;
    slot.present = target;
    for (const auto& [memory, offset] : slot.memories) dnnl_memory_set_data_handle(memory, static_cast<char*>(target) + offset);
    for (const auto& [address, offset] : slot.addresses) *address = static_cast<char*>(target) + offset;
  }
}

void LaneProgram::execute(const Task& task, int& team) {
  if (task.team != team) omp_set_num_threads(team = task.team);
  if (task.function != nullptr) {
    (*task.function)(task.addresses.data());
    return;
  }
  const dnnl_status_t status = dnnl_primitive_execute(task.primitive, stream_.get(), static_cast<int>(task.arguments.size()), task.arguments.data());
  if (status == dnnl_success) return;
  const std::string& node = plan_->steps[&task - tasks_.data()].node;
  throw Error(status == dnnl_out_of_memory ? ErrorKind::kMemory : ErrorKind::kInternal, node + ": oneDNN could not run it, status " + std::to_string(status));
}

void LaneProgram::run(void* const* slots) {
  move_slots(slots);
  int team = omp_get_max_threads();
  for (const Task& task : tasks_) execute(task, team);
}

void LaneProgram::run_timed(void* const* slots, double* seconds) {
  using Clock = std::chrono::steady_clock;
  move_slots(slots);
  int team = omp_get_max_threads();
  for (size_t i = 0; i < tasks_.size(); ++i) {
    const auto start = Clock::now();
    execute(tasks_[i], team);
    seconds[i] += std::chrono::duration<double>(Clock::now() - start).count();
  }
}

}  // namespace quintet
