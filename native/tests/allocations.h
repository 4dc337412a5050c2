// Counts what Quintet's own code allocates: the linker sends its calls of operator new and malloc through here (see CMakeLists.txt).
// Allocations inside oneDNN and the C++ library do not count.
#pragma once

namespace quintet::testing {

/// Of the calling thread, since it started.
long allocations();

}  // namespace quintet::testing
