#!/usr/bin/env bash
# Builds the native tests with sanitizers and runs them: native/sanitize.sh [address|thread|all] [GTEST_FILTER]
#   address  AddressSanitizer and UndefinedBehaviorSanitizer, over all tests
#   thread   ThreadSanitizer, over what threads share: lanes, sessions, plans, files
# In the environment, DNNL_ROOT names the unpacked oneDNN (default: as CMakeLists.txt), BUILD the folder for the builds (default: build/sanitize).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build/sanitize}
which=${1:-all}

compile() {   # name, sanitizers
  local generator=()
  if [ ! -e "$build/$1/CMakeCache.txt" ] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  cmake -S . -B "$build/$1" "${generator[@]}" -DQUINTET_SANITIZE="$2" -DQUINTET_BUILD_TESTS=ON \
    ${DNNL_ROOT:+-DQUINTET_DNNL_ROOT="$DNNL_ROOT"} >/dev/null
  cmake --build "$build/$1" --parallel "${JOBS:-$(nproc)}" --target quintet_tests
}

# Stack frames stay on the stack: where GCC moves them to the heap to see uses after return, it does not align vectors of 64 bytes (its bug
# 110027), and the kernels for AVX-512 crash.
address() {
  compile address address,undefined
  ASAN_OPTIONS=detect_stack_use_after_return=0:strict_init_order=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    LSAN_OPTIONS=suppressions=native/tests/lsan.supp "$build/address/quintet_tests" --gtest_filter="${1:-*}"
}

# The address space is laid out without chance: TSan of GCC 12 refuses some of the layouts that newer kernels choose.
thread() {
  compile thread thread
  TSAN_OPTIONS=suppressions=native/tests/tsan.supp:halt_on_error=1:history_size=7:second_deadlock_stack=1 \
    setarch --addr-no-randomize "$build/thread/quintet_tests" --gtest_filter="${1:-*Threads*:Lanes.*:LanePool*:Session.*:Model.*:MappedFile.*}"
}

case $which in
  address | thread) "$which" "${2:-}" ;;
  all)
    address ""
    thread ""
    ;;
  *)
    echo "usage: native/sanitize.sh [address|thread|all] [GTEST_FILTER]" >&2
    exit 2
    ;;
esac
