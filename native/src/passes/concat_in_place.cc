// Lets every branch of a concatenation write its channels where they belong, so that concatenating costs nothing. If the first branch is the
// last run of a merged convolution, that convolution's other runs lie in front of the concatenation in one memory.
#include <algorithm>

#include "passes/passes.h"

namespace quintet {
namespace {

bool may_write_here(const Program& program, int id) {
  const ProgramNode& node = program.nodes[id];
  return node.op && node.op->writes_slices() && !node.narrow && node.placement.owner < 0 && node.front_channels == 0 && !node.in_place;
}

/// The first branch is the last run of a merged convolution that lives in no other memory.
bool ends_merged(const Program& program, int id) {
  const ProgramNode& node = program.nodes[id];
  const int owner = node.placement.owner;
  if (owner < 0 || node.inputs != std::vector<int>{owner} || program.nodes[owner].placement.owner >= 0) return false;
  return node.placement.channel_offset + program.channels(id) == program.channels(owner);
}

bool aligned(const Program& program, const ProgramNode& concat) {
  int64_t offset = 0;
  for (int in : concat.inputs) {
    if (offset % program.block != 0) return false;
    offset += program.channels(in);
  }
  return true;
}

/// Written twice (one branch used twice) would need two places.
bool distinct(std::vector<int> ids) {
  std::sort(ids.begin(), ids.end());
  return std::adjacent_find(ids.begin(), ids.end()) == ids.end();
}

}  // namespace

void concat_in_place(Program& program) {
  for (int id : program.order) {
    ProgramNode& concat = program.nodes[id];
    const bool candidate = concat.alive && concat.op && concat.op->is_concatenation() && concat.rank == 4 && !concat.narrow;   // vectors lie plain, not in blocks
    if (!candidate || !aligned(program, concat) || !distinct(concat.inputs)) continue;
    const bool merged_front = ends_merged(program, concat.inputs[0]);
    const bool all = std::all_of(concat.inputs.begin() + (merged_front ? 1 : 0), concat.inputs.end(), [&](int in) { return may_write_here(program, in); });
    if (!all) continue;
    if (merged_front) {
      ProgramNode& first = program.nodes[concat.inputs[0]];
      concat.front_channels = first.placement.channel_offset;
      program.nodes[first.placement.owner].placement = {id, 0};
    }
    int64_t offset = concat.front_channels;
    for (int in : concat.inputs) {
      program.nodes[in].placement = {id, offset};
      offset += program.channels(in);
    }
    concat.in_place = true;
  }
}

}  // namespace quintet
