#include "allocations.h"

#include <cstddef>

namespace {
thread_local long count = 0;
}

extern "C" {
void* __real__Znwm(size_t size);
void* __real_malloc(size_t size);

void* __wrap__Znwm(size_t size) {
  ++count;
  return __real__Znwm(size);
}

void* __wrap_malloc(size_t size) {
  ++count;
  return __real_malloc(size);
}
}

namespace quintet::testing {

long allocations() { return count; }

}  // namespace quintet::testing
