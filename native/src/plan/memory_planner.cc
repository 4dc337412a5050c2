// Places roots in one arena. Largest first, each at the lowest offset that is free during its life: Pisarchyk & Lee 2020,
// "Efficient Memory Management for Deep Neural Net Inference" (greedy by size).
#include <algorithm>
#include <numeric>

#include "plan/plan.h"

namespace quintet {
namespace {

constexpr size_t kAlignment = 64;

bool overlap_in_time(const MemoryRoot& a, const MemoryRoot& b) { return a.first_step <= b.last_step && b.first_step <= a.last_step; }

/// The lowest offset where `bytes` fit between the placed roots that are alive with `root`, which are sorted by offset.
size_t lowest_gap(const std::vector<const MemoryRoot*>& placed, const MemoryRoot& root, size_t bytes) {
  size_t offset = 0;
  for (const MemoryRoot* other : placed) {
    if (!overlap_in_time(*other, root)) continue;
    if (other->offset >= offset + bytes) break;
    offset = std::max(offset, other->offset + round_up(static_cast<int64_t>(other->bytes), kAlignment));
  }
  return offset;
}

}  // namespace

void place_in_arena(Plan& plan) {
  size_t scratch = 0;
  for (const Step& s : plan.steps) scratch = std::max({scratch, s.scratch_bytes, s.scratchpad ? s.scratchpad.get_size() : 0});

  std::vector<int> order(plan.roots.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return plan.roots[a].bytes > plan.roots[b].bytes; });
  std::vector<const MemoryRoot*> placed;
  for (int i : order) {
    MemoryRoot& root = plan.roots[i];
    if (root.slot >= 0 || root.first_step < 0) continue;
    const size_t bytes = round_up(static_cast<int64_t>(root.bytes), kAlignment);
    root.offset = lowest_gap(placed, root, bytes);
    plan.arena_bytes = std::max(plan.arena_bytes, root.offset + bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), &root, [](auto* a, auto* b) { return a->offset < b->offset; }), &root);
  }
  plan.scratch_offset = plan.arena_bytes;
  plan.arena_bytes += round_up(static_cast<int64_t>(scratch), kAlignment);
}

}  // namespace quintet
