// Computes 1x1 convolutions that read one tensor (the branches of an inception module, Szegedy et al. 2014) as one convolution:
// the input is read once and the kernel sees more filters. Each sibling becomes a run of channels of the result.
#include <algorithm>
#include <map>

#include "ops/slice.h"
#include "passes/passes.h"
#include "plan/operand.h"

namespace quintet {
namespace {

bool same_post_ops(const ProgramNode& a, const ProgramNode& b) {
  return std::equal(a.post_ops.begin(), a.post_ops.end(), b.post_ops.begin(), b.post_ops.end(),
                    [](const PostOp& x, const PostOp& y) { return x.activation == y.activation && x.addend < 0 && y.addend < 0; });
}

bool has_addition(const ProgramNode& n) {
  return std::any_of(n.post_ops.begin(), n.post_ops.end(), [](const PostOp& p) { return p.addend >= 0; });
}

/// A value that does not fill its last block can lie before others only if its readers take whole blocks (convolutions do).
bool can_be_slice(const Program& program, int id) {
  const ProgramNode& node = program.nodes[id];
  if (node.wanted || node.narrow || has_addition(node)) return false;   // narrow values lie channels-last: no run of channels is a piece of memory
  if (program.channels(id) % program.block == 0) return true;
  const auto readers = program.readers(id);
  return std::all_of(readers.begin(), readers.end(), [&](int r) { return program.nodes[r].filters && program.nodes[r].op->writes_slices(); });
}

std::vector<int> siblings(const Program& program, int first) {
  const ProgramNode& node = program.nodes[first];
  std::vector<int> group;
  for (int reader : program.readers(node.inputs[0])) {
    const ProgramNode& other = program.nodes[reader];
    if (other.op && other.op->merge_key() == node.op->merge_key() && same_post_ops(node, other) && can_be_slice(program, reader)) group.push_back(reader);
  }
  return group;
}

bool starts_concatenation(const Program& program, int id) {
  const auto readers = program.readers(id);
  return std::any_of(readers.begin(), readers.end(), [&](int r) { return program.nodes[r].op->is_concatenation() && program.nodes[r].inputs[0] == id; });
}

void merge(Program& program, std::vector<int> group) {
  // The one that opens a concatenation goes last, so that concat_in_place can let the others lie in front of it.
  std::stable_partition(group.begin(), group.end(), [&](int id) { return !starts_concatenation(program, id); });
  ProgramNode merged;
  const int first = *std::min_element(group.begin(), group.end(), [&](int a, int b) { return program.position(a) < program.position(b); });
  merged.inputs = program.nodes[first].inputs;
  merged.post_ops = program.nodes[first].post_ops;
  merged.filters = std::make_unique<Filters>();
  int64_t filters = 0;
  std::vector<int64_t> offsets;
  for (int id : group) {
    ProgramNode& node = program.nodes[id];
    merged.name += (merged.name.empty() ? "" : "+") + node.name;
    offsets.push_back(filters);
    for (FilterPart& part : node.filters->parts) merged.filters->parts.push_back(std::move(part));
    const int64_t filled_up = round_up(program.channels(id), program.block);
    merged.filters->parts.back().outputs += filled_up - program.channels(id);
    filters += filled_up;
  }
  merged.op = program.nodes[first].op->merged(filters);
  const int all = program.insert_before(first, std::move(merged), filters);
  for (size_t i = 0; i < group.size(); ++i) {
    ProgramNode& node = program.nodes[group[i]];
    node.op = make_slice(program.channels(group[i]));
    node.inputs = {all};
    node.post_ops.clear();
    node.filters.reset();
    node.placement = {all, offsets[i]};
  }
}

}  // namespace

void merge_siblings(Program& program) {
  const std::vector<int> order = program.order;
  for (int id : order) {
    const ProgramNode& node = program.nodes[id];
    if (!node.alive || !node.op || node.op->merge_key().empty() || !can_be_slice(program, id)) continue;
    const auto group = siblings(program, id);
    if (group.size() >= 2) merge(program, group);
  }
}

}  // namespace quintet
