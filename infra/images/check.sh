#!/bin/sh
# Builds the image with the Docker engine that is there and tries it: user, read-only root, health, memory limits. Containers use
# this machine's network and are removed.
#
# Usage: infra/images/check.sh [BASE]     BASE is the image to build from (default: the one in the Dockerfile)
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
image=lyceum:check
port=${LYCEUM_CHECK_PORT:-28577}
name=lyceum-check-$$

fail() {
  echo "check.sh: $*" >&2
  docker logs "$name" 2>&1 | tail -n 15 >&2 || true
  exit 1
}

remove() {
  docker rm --force "$name" >/dev/null 2>&1 || true
}
trap remove EXIT

# run MEMORY ARGUMENTS...
run() {
  memory=$1
  shift
  remove
  docker run --detach --name "$name" --network host --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
    --memory "$memory" --memory-swap "$memory" --env LYCEUM_SERVING_ADMIN_TOKEN=check "$image" "$@" >/dev/null
}

"$here/stage.sh"
# shellcheck disable=SC2086 # an option or none
DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0} docker build --quiet --network host --tag "$image" ${1:+--build-arg BASE=$1} --file "$here/Dockerfile" "$here/target" >/dev/null
[ "$(docker inspect --format '{{.Config.User}}' "$image")" = 10001:10001 ] || fail "the image runs as another user than 10001"

run 1g serving --host 127.0.0.1 --port "$port"
attempt=0
until curl --silent --fail "http://127.0.0.1:$port/health" >/dev/null; do
  attempt=$((attempt + 1))
  [ "$attempt" -lt 120 ] || fail "the model server is not well after two minutes"
  sleep 1
done
[ "$(docker exec "$name" id -u)" = 10001 ] || fail "the model server runs as $(docker exec "$name" id -u)"
docker exec "$name" sh -c 'touch /opt/lyceum/written 2>/dev/null' && fail "the root file system can be written"
echo "serving: well in 1 GiB as user 10001 on a read-only root, uses $(docker stats --no-stream --format '{{.MemUsage}}' "$name")"
began=$(date +%s)
docker stop --time 40 "$name" >/dev/null
[ "$(docker inspect --format '{{.State.ExitCode}}' "$name")" = 0 ] || fail "the model server did not end well on SIGTERM"
echo "serving: drained in $(($(date +%s) - began)) s"

run 48m serving --host 127.0.0.1 --port "$port"
status=$(docker wait "$name")
[ "$status" != 0 ] || fail "the model server ended well in 48 MiB"
echo "serving: in 48 MiB it ends with status $status, killed for memory: $(docker inspect --format '{{.State.OOMKilled}}' "$name")"

run 1g worker
[ "$(docker wait "$name")" = 1 ] || fail "a worker without settings did not end with status 1"
docker logs "$name" 2>&1 | grep -q "LYCEUM_STORAGE_ACCESS_KEY" || fail "a worker without settings did not say what it lacks"
echo "worker: without settings it says what it lacks and ends with status 1"

run 1g nonsense
[ "$(docker wait "$name")" = 2 ] || fail "an unknown program did not end with status 2"
echo "PASSED"
