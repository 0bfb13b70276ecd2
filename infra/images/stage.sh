#!/bin/sh
# Gathers what the image is built from in infra/images/target: the jars of worker, serving and console, each once, and the recipes.
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
root=$here/../..
target=$here/target

[ -d "$root/worker/target/lib" ] && [ -d "$root/console/target/lib" ] || {
  echo "The jars are not built. Build them: mvn -Dmaven.test.skip=true package" >&2
  exit 2
}
rm -rf "$target"
mkdir -p "$target/lib"
for module in worker console; do
  cp "$root/$module/target/lib"/*.jar "$target/lib/"
  cp "$root/$module/target/$module"-[0-9]*.jar "$target/lib/"
done
cp "$here/entrypoint.sh" "$target/"
cp -R "$root/recipes" "$target/"
du -sh "$target/lib" | cut -f1
