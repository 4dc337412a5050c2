#include "passes/passes.h"

#include <algorithm>

#include "quintet/error.h"

namespace quintet {

void run_passes(Program& program, const Target& target, const std::vector<std::string>& without) {
  for (const std::string& name : without) {
    if (std::any_of(std::begin(kPasses), std::end(kPasses), [&](const Pass& p) { return name == p.name; })) continue;
    std::string known;
    for (const Pass& p : kPasses) known += (known.empty() ? "" : ", ") + std::string(p.name);
    throw Error(ErrorKind::kArgument, "there is no pass named '" + name + "'; known are " + known);
  }
  program.remove_unreachable();
  for (const Pass& pass : kPasses) {
    if (std::find(without.begin(), without.end(), pass.name) == without.end()) pass.run(program, target);
  }
}

}  // namespace quintet
