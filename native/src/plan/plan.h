// A program made concrete for one input shape: steps in order over one arena. Immutable; lanes bind it to memory (lane_program.h).
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "plan/operand.h"

namespace quintet {

/// Memory that one or more values share: a place in the arena, or the caller's buffer.
struct MemoryRoot {
  size_t bytes = 0;
  int slot = -1;                  // caller's buffer: 0 the input, 1.. the outputs; -1: the arena
  int first_step = -1, last_step = -1;
  size_t offset = 0;              // in the arena
};

/// One primitive or one own kernel with what it reads and writes.
struct Step {
  std::string node, op, kernel, layout, precision;
  const char* chosen_by = "";                              // "model" or "measurement", where there was a choice
  Shape shape;
  int64_t macs = 0, bytes = 0;
  int64_t work = 0;                                        // multiplications that the kernel makes: fewer than `macs` for Winograd
  int team = 1;                                            // threads that it was made for and runs with
  dnnl::primitive primitive;                               // empty: `function`
  std::unordered_map<int, Operand> arguments;
  dnnl::memory::desc scratchpad;
  std::function<void(void* const*)> function;              // addresses in the order of `operands`, then the scratch memory
  std::vector<Operand> operands;
  size_t scratch_bytes = 0;
};

struct Plan {
  Shape input;
  std::vector<Shape> outputs;
  std::string fallback;           // what it computes instead of the precision asked for; empty: just that
  std::vector<MemoryRoot> roots;
  std::vector<Step> steps;
  int team = 1;                   // the largest of the steps'
  size_t scratch_offset = 0;      // in the arena: one piece that every step may use
  size_t arena_bytes = 0;
};

/// Gives every arena root an offset so that roots alive at the same time never overlap (greedy by size), and sets arena_bytes.
void place_in_arena(Plan& plan);

}  // namespace quintet
