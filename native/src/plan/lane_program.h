// A plan bound to one lane's memory: addresses are resolved once, so that a run only walks a list.
#pragma once

#include <memory>
#include <vector>

#include "plan/plan.h"

namespace quintet {

/// Not thread-safe: the lane's holder runs it.
class LaneProgram {
 public:
  LaneProgram(std::shared_ptr<const Plan> plan, const dnnl::engine& engine);

  /// `slots`: the caller's buffers, input first; a null output is written to memory of the lane's own. Allocates nothing here;
  /// oneDNN copies a primitive's few arguments on every call.
  void run(void* const* slots);
  /// The same, adding each step's seconds to `seconds`.
  void run_timed(void* const* slots, double* seconds);

  const Plan& plan() const { return *plan_; }

 private:
  /// One step with its addresses.
  struct Task {
    int team = 1;
    dnnl_primitive_t primitive = nullptr;
    std::vector<dnnl_exec_arg_t> arguments;
    const std::function<void(void* const*)>* function = nullptr;
    std::vector<void*> addresses;
  };
  /// What must change when the caller's buffer of a slot moves.
  struct Slot {
    void* present = nullptr;
    AlignedBuffer unbound;                 // stands in for an output that nobody wants
    std::vector<std::pair<dnnl_memory_t, int64_t>> memories;   // with their place in the buffer
    std::vector<std::pair<void**, int64_t>> addresses;
  };

  void bind(const Step& step, Task& task);
  void* address(const Operand& operand) const;
  void move_slots(void* const* slots);
  /// `team`: the thread's present setting, changed where the task wants another.
  void execute(const Task& task, int& team);

  std::shared_ptr<const Plan> plan_;
  const dnnl::engine& engine_;
  dnnl::stream stream_;
  AlignedBuffer arena_;
  std::vector<dnnl::memory> memories_;     // owns what the tasks point to
  std::vector<Task> tasks_;
  std::vector<Slot> slots_;
};

}  // namespace quintet
