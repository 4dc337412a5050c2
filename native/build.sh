#!/usr/bin/env bash
# Builds the native core and puts libquintet.so where Maven packages it. Quick when nothing changed.
#   native/build.sh BUILD_DIR INSTALL_DIR DNNL_ROOT TESTS(ON|OFF)
# The environment's QUINTET_CMAKE_OPTIONS is handed to CMake as it is, such as -DQUINTET_SANITIZE=address,undefined.
set -euo pipefail
build=$1 install=$2 dnnl=$3 tests=$4
source_dir=$(cd "$(dirname "$0")/.." && pwd)

missing=()
have() { command -v "$1" >/dev/null 2>&1; }
have cmake || missing+=(cmake)
have "${CXX:-c++}" || missing+=(g++)
have ninja || have make || missing+=(ninja-build)
if [ ${#missing[@]} -gt 0 ]; then
  echo "error: tools for the native build are missing: ${missing[*]}. Install them: apt-get install -y ${missing[*]}" >&2
  exit 1
fi

generator=()
if [ ! -e "$build/CMakeCache.txt" ] && have ninja; then
  generator=(-G Ninja)
fi
mkdir -p "$build"
log=$build/build.log
{
  cmake -S "$source_dir" -B "$build" "${generator[@]}" -DQUINTET_DNNL_ROOT="$dnnl" -DQUINTET_BUILD_TESTS="$tests" ${QUINTET_CMAKE_OPTIONS:-} &&
    cmake --build "$build" --parallel "$(nproc)" &&
    cmake --install "$build" --prefix "$install"
} >"$log" 2>&1 || {
  tail -n 60 "$log" >&2
  echo "error: the native build failed; all of its output is in $log" >&2
  exit 1
}
grep -E 'warning:' "$log" >&2 || true
