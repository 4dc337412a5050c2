// The rewrites of a program, in the order in which they run. Each is one file; each can be switched off by name and must not change answers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kernels/cpu.h"
#include "passes/program.h"
#include "quintet/model.h"

namespace quintet {

/// Behind a choice that was not measured.
inline constexpr const char* kChosenByModel = "\tmodel";

/// What the program will run as: for passes that choose by speed. Answers must not depend on it beyond rounding.
struct Target {
  Shape input;
  int threads = 1;
  Precision precision = Precision::kExact;
  CoreModel core = core_model();
  std::map<std::string, std::string> choices{};   // made earlier: LayerWays::key to the Algorithm as text, then perhaps kChosenByModel
};

/// Eight points a side are several times as far from the truth as a direct convolution, in bfloat16 too far.
inline PermittedTiles permitted_tiles(const Target& target) {
  const bool narrow = target.precision == Precision::kBf16 || target.precision == Precision::kInt8;
  return {target.precision == Precision::kExact ? kExactSide : kLargestSide, narrow ? kExactSide : 0};
}

/// So few that reading the weights is the cost of a dense layer, whatever the arithmetic.
inline bool few_pictures(const Target& target) { return target.input.n() <= 6; }

void drop_identities(Program& program);
void drop_padding(Program& program);
void fold_pooling(Program& program);
void fold_batch_norm(Program& program);
void fuse_activation(Program& program);
void fuse_residual(Program& program);
void flatten_convolutions(Program& program, const Target& target);
void lower_precision(Program& program, const Target& target);
void weigh_precision(Program& program, const Target& target);
void merge_siblings(Program& program);
void concat_in_place(Program& program);
void choose_algorithm(Program& program, const Target& target);

struct Pass {
  const char* name;
  void (*run)(Program&, const Target&);
};

/// A pass that does not look at the target.
template <void (*kRun)(Program&)>
void anywhere(Program& program, const Target&) {
  kRun(program);
}

inline constexpr Pass kPasses[] = {
    {"drop_identities", anywhere<drop_identities>}, {"drop_padding", anywhere<drop_padding>},         {"fold_pooling", anywhere<fold_pooling>},
    {"fold_batch_norm", anywhere<fold_batch_norm>}, {"fuse_activation", anywhere<fuse_activation>},   {"fuse_residual", anywhere<fuse_residual>},
    {"flatten_convolutions", flatten_convolutions}, {"lower_precision", lower_precision},             {"weigh_precision", weigh_precision},
    {"merge_siblings", anywhere<merge_siblings>},   {"concat_in_place", anywhere<concat_in_place>},   {"choose_algorithm", choose_algorithm},
};

/// Runs all passes but those named in `without`. Throws Error kArgument for an unknown name, listing the known ones.
void run_passes(Program& program, const Target& target, const std::vector<std::string>& without);

}  // namespace quintet
