#!/bin/sh
# Builds and tests the native library, and puts it where the model module's jar takes it from.
# Needs CMake and GCC 12 or newer; the build folder is the argument, or a temporary one.
#
#   model/native/build.sh                        release build, tests, library into the resources
#   model/native/build.sh --sanitize address,undefined
#   model/native/build.sh --sanitize thread      tests only, under a sanitizer
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd -P)
target=$here/../src/main/resources/lyceum/model/kernel/linux-x86_64
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

if [ "${1:-}" = --sanitize ]; then
  cmake -S "$here" -B "$build" -DLYCEUM_SANITIZE="$2" >/dev/null
  cmake --build "$build" --target decoder_test
  ctest --test-dir "$build" --output-on-failure
  exit
fi

cmake -S "$here" -B "$build" -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON >/dev/null
cmake --build "$build" -j 2
ctest --test-dir "$build" --output-on-failure
mkdir -p "$target"
cp "$build/liblyceum_kernels.so" "$target/"
# What it was built from; a test compares.
(cd "$here" && cat CMakeLists.txt src/* | sha256sum | cut -d ' ' -f 1) >"$target/sources.sha256"
