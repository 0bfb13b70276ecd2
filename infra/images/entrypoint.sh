#!/bin/sh
# Starts one of Lyceum's programs in a container.
set -eu

program=${1:-}
[ $# -eq 0 ] || shift
case $program in
  worker) main=lyceum.worker.Main ;;
  serving) main=lyceum.worker.ServingMain ;;
  console) main=lyceum.console.Main ;;
  *)
    echo "Usage: worker|serving|console [OPTIONS]" >&2
    exit 2
    ;;
esac
# Native kernels and TensorFlow take memory beside the heap: half of the limit is left to them.
# shellcheck disable=SC2086 # the flags are words
exec java -XX:MaxRAMPercentage="${LYCEUM_HEAP_PERCENT:-50}" -XX:+ExitOnOutOfMemoryError \
  --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
  ${LYCEUM_JAVA_FLAGS:-} -cp '/opt/lyceum/lib/*' "$main" "$@"
