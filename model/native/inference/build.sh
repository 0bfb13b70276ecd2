#!/bin/sh
# Builds the inference engine's native products, and puts them where the model module's jar takes them from.
# Needs GCC 12 or newer. CpuBackendTest holds them to the same bits as the kernels in Java.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd -P)
target=$here/../../src/main/resources/lyceum/model/inference/linux-x86_64
mkdir -p "$target"
# The C++ runtime inside: the machine's may be older.
g++ -std=c++17 -O3 -Wall -Wextra -Wno-uninitialized -Wno-maybe-uninitialized -ffp-contract=off -march=x86-64-v4 -mavx512bf16 -mamx-tile -mamx-bf16 \
  -fvisibility=hidden -fPIC -shared -static-libstdc++ -static-libgcc -s -ffile-prefix-map="$here"=. \
  -o "$target/liblyceum_products.so" "$here/products.cpp"
# What it was built from; a test compares.
(cd "$here" && cat build.sh products.cpp | sha256sum | cut -d ' ' -f 1) >"$target/sources.sha256"
