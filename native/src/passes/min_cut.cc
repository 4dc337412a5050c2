#include "passes/min_cut.h"

#include <algorithm>
#include <limits>

namespace quintet {
namespace {

constexpr int kFirst = 0, kSecond = 1;
constexpr double kNothing = 1e-12;   // of a capacity, where rounding ends

}  // namespace

int MinCut::add(double first, double second) {
  out_.emplace_back();
  const int node = static_cast<int>(out_.size()) - 1;
  connect(kFirst, node, second);
  connect(node, kSecond, first);
  return node - 2;
}

void MinCut::charge(int a, int b, double cost) { connect(a + 2, b + 2, cost); }

void MinCut::connect(int from, int to, double capacity) {
  out_[from].push_back(edges_.size());
  edges_.push_back({to, capacity});
  out_[to].push_back(edges_.size());
  edges_.push_back({from, 0});
}

/// Distances from the first side over edges that can carry more; false: the second side is out of reach.
bool MinCut::measure() {
  distance_.assign(out_.size(), -1);
  distance_[kFirst] = 0;
  std::vector<int> reached{kFirst};
  for (size_t i = 0; i < reached.size(); ++i) {
    for (size_t e : out_[reached[i]]) {
      if (edges_[e].left <= kNothing || distance_[edges_[e].to] >= 0) continue;
      distance_[edges_[e].to] = distance_[reached[i]] + 1;
      reached.push_back(edges_[e].to);
    }
  }
  return distance_[kSecond] >= 0;
}

double MinCut::push(int from, double flow) {
  if (from == kSecond) return flow;
  for (size_t& i = next_[from]; i < out_[from].size(); ++i) {
    const size_t e = out_[from][i];
    if (edges_[e].left <= kNothing || distance_[edges_[e].to] != distance_[from] + 1) continue;
    const double pushed = push(edges_[e].to, std::min(flow, edges_[e].left));
    if (pushed <= 0) continue;
    edges_[e].left -= pushed;
    edges_[e ^ 1].left += pushed;
    return pushed;
  }
  return 0;
}

std::vector<bool> MinCut::first_kind() {
  while (measure()) {
    next_.assign(out_.size(), 0);
    while (push(kFirst, std::numeric_limits<double>::max()) > 0) {
    }
  }
  std::vector<bool> first;
  for (size_t node = 2; node < out_.size(); ++node) first.push_back(distance_[node] >= 0);
  return first;
}

}  // namespace quintet
