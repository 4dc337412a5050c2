// Takes back to float32 what is faster there, reorders between the two included: the cheapest division of the layers into narrow and
// float32 ones is a minimum cut of a graph whose edges are the costs of layers and of conversions.
#include <algorithm>
#include <limits>

#include "passes/min_cut.h"
#include "passes/precision.h"

namespace quintet {
namespace {

constexpr double kNever = 1e9;      // milliseconds
// Estimates are not exact, and what was float32 before should not become slower.
constexpr double kDoubt = 1.03;

class Division {
 public:
  Division(const Program& program, const Target& target, NumberType::Kind kind) : program_(program), target_(target), shapes_(program.shapes(target.input)) {
    for (int id : program.order) {
      if (program.nodes[id].alive) add_node(id, kind);
    }
    for (int id : program.order) {
      if (program.nodes[id].alive && program.nodes[id].narrow_type) add_conversions(id);
    }
  }

  std::vector<bool> narrow() {
    const auto first = cut_.first_kind();
    std::vector<bool> found(program_.nodes.size(), false);
    for (int id : program_.order) {
      if (program_.nodes[id].alive) found[id] = first[index_[id]];
    }
    return found;
  }

 private:
  void add_node(int id, NumberType::Kind kind) {
    const ProgramNode& node = program_.nodes[id];
    NodeCost cost{0, kNever};
    if (node.narrow) {
      cost = estimate(node, GraphData::input_shapes(node.inputs, shapes_), shapes_[id], program_.block, target_, kind);
      cost.narrow *= kDoubt;
    }
    index_[id] = cut_.add(cost.narrow, cost.wide);
  }

  /// A value is converted once for all its readers of the other kind: a thing of its own stands for "some reader is of that kind".
  void add_conversions(int id) {
    const auto readers = program_.readers(id);
    const bool picture = program_.nodes[id].op == nullptr;
    const int some_narrow = cut_.add(0, 0), all_narrow = cut_.add(0, 0);
    for (int reader : readers) {
      cut_.charge(index_[reader], some_narrow, kNever);
      cut_.charge(all_narrow, index_[reader], kNever);
    }
    cut_.charge(some_narrow, index_[id], narrowing_ms(shapes_[id], picture, target_));
    cut_.charge(index_[id], all_narrow, widening_ms(shapes_[id], target_));
  }

  const Program& program_;
  const Target& target_;
  std::vector<Shape> shapes_;
  MinCut cut_;
  std::vector<int> index_ = std::vector<int>(program_.nodes.size(), -1);
};

}  // namespace

void weigh_precision(Program& program, const Target& target) {
  const auto kind = narrow_kind(target);
  if (!kind) return;
  const auto narrow = Division(program, target, *kind).narrow();
  for (size_t id = 0; id < program.nodes.size(); ++id) program.nodes[id].narrow = narrow[id];
  settle_types(program);
}

}  // namespace quintet
