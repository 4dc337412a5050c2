// The rewrites of a program, in the order in which they run. Each is one file; each can be switched off by name and must not change answers.
#pragma once

#include <string>
#include <vector>

#include "passes/program.h"

namespace quintet {

void drop_identities(Program& program);
void drop_padding(Program& program);
void fold_batch_norm(Program& program);
void fuse_activation(Program& program);
void fuse_residual(Program& program);
void merge_siblings(Program& program);
void concat_in_place(Program& program);

struct Pass {
  const char* name;
  void (*run)(Program&);
};

inline constexpr Pass kPasses[] = {
    {"drop_identities", drop_identities}, {"drop_padding", drop_padding},     {"fold_batch_norm", fold_batch_norm}, {"fuse_activation", fuse_activation},
    {"fuse_residual", fuse_residual},     {"merge_siblings", merge_siblings}, {"concat_in_place", concat_in_place},
};

/// Runs all passes but those named in `without`. Throws Error kArgument for an unknown name, listing the known ones.
void run_passes(Program& program, const std::vector<std::string>& without);

}  // namespace quintet
