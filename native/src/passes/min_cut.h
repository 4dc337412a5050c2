// The cheapest way to divide things into two kinds, where each has a cost for either kind and pairs of different kinds cost too: a
// minimum cut (Ford & Fulkerson 1956), found by Dinic's algorithm (1970).
#pragma once

#include <cstddef>
#include <vector>

namespace quintet {

class MinCut {
 public:
  /// Returns its index. The costs (not negative) of being of the first kind and of the second.
  int add(double first, double second);
  /// What it costs if `a` is of the first kind while `b` is of the second.
  void charge(int a, int b, double cost);
  /// By index: of the first kind? Of equally cheap divisions, one with few of the first kind. Call once.
  std::vector<bool> first_kind();

 private:
  struct Edge {
    int to;
    double left;      // capacity that is not used
  };

  void connect(int from, int to, double capacity);
  bool measure();
  double push(int from, double flow);

  // Node 0 is where the first kind's side starts, 1 where the second's ends.
  std::vector<Edge> edges_;                   // each followed by its reverse
  std::vector<std::vector<size_t>> out_{2};   // edges by node
  std::vector<int> distance_;
  std::vector<size_t> next_;
};

}  // namespace quintet
