#!/bin/sh
# Builds a commit twice, in two folders, and compares the sha256 of every jar of Lyceum: infra/tools/reproducible.sh [COMMIT]
set -eu

repository=$(cd "$(dirname "$0")/../.." && pwd -P)
commit=$(git -C "$repository" rev-parse "${1:-HEAD}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for build in first second; do
  # Folders of different length: a path that got into a jar would show.
  folder=$work/$build-build
  mkdir -p "$folder"
  git -C "$repository" archive "$commit" | tar -x -C "$folder"
  (cd "$folder" && "${LYCEUM_MVN:-mvn}" --batch-mode --quiet -Dmaven.test.skip=true package)
  (cd "$folder" && find . -path './*/target/*-0.1.0.jar' -not -path '*/lib/*' -exec sha256sum {} + | LC_ALL=C sort -k 2) >"$work/$build"
done

cat "$work/first"
if ! diff "$work/first" "$work/second"; then
  echo "The two builds of $commit differ." >&2
  exit 1
fi
echo "The two builds of $commit are the same: $(wc -l <"$work/first") jars."
