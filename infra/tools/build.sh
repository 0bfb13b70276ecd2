#!/bin/sh
# Builds programs from their Go modules, or installs them from their Python package, once, into the state folder.
#
# Usage: infra/tools/build.sh [--check] NAME...
#   --check  only say whether each is there; exit status 3 when one is missing
#
# Prints NAME=FOLDER for each. Versions stand in the go.mod or requirements.txt beside this file, checksums in go.sum.
#
# LYCEUM_HOME   state folder (default ~/.lyceum)
# LYCEUM_HEAVY  a command that each build is given to, such as nice
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
home=${LYCEUM_HOME:-$HOME/.lyceum}
tools=$home/tools
mirror=$tools/terraform-mirror
platform=$(uname -s | tr '[:upper:]' '[:lower:]')_$(uname -m | sed 's/x86_64/amd64/;s/aarch64/arm64/')

say() {
  printf '%s\n' "$*" >&2
}

fail() {
  say "build.sh: $*"
  exit 2
}

go=$(command -v go || true)
[ -n "$go" ] || [ ! -x /usr/local/go/bin/go ] || go=/usr/local/go/bin/go

# The folder with the module, the folder for what is built, and lines of PROGRAM PACKAGE.
describe() {
  flags=
  case $1 in
    terraform-provider-minio) provider minio aminueza/minio 3.2.2 github.com/aminueza/terraform-provider-minio/v3 ;;
    terraform-provider-kubernetes)
      provider kubernetes hashicorp/kubernetes 3.2.1 github.com/hashicorp/terraform-provider-kubernetes
      ;;
    terraform-provider-postgresql)
      provider postgresql cyrilgdn/postgresql 1.27.0 github.com/terraform-providers/terraform-provider-postgresql
      ;;
    terraform-provider-temporal)
      source=$here/../../terraform/provider-temporal
      target=$mirror/terraform.local/lyceum/temporal/0.1.0/$platform
      packages="terraform-provider-temporal_v0.1.0 lyceum/terraform-provider-temporal"
      ;;
    temporal-server)
      program 1.29.1 "temporal-server go.temporal.io/server/cmd/server
temporal-sql-tool go.temporal.io/server/cmd/tools/sql"
      ;;
    helm)
      program 3.19.5 "helm helm.sh/helm/v3/cmd/helm"
      # What its own build sets: without it, helm takes every cluster for 1.20 while it renders.
      chartutil=helm.sh/helm/v3/pkg/chartutil
      flags="-X helm.sh/helm/v3/internal/version.version=v3.19.5 -X $chartutil.k8sVersionMajor=1 -X $chartutil.k8sVersionMinor=34"
      ;;
    kubernetes-validate) program 1.37.0 "" ;;
    etcd) program 3.6.5 "etcd go.etcd.io/etcd/server/v3" ;;
    kubernetes)
      program 1.34.4 "kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
kube-controller-manager k8s.io/kubernetes/cmd/kube-controller-manager
kube-scheduler k8s.io/kubernetes/cmd/kube-scheduler
kubectl k8s.io/kubernetes/cmd/kubectl"
      version=k8s.io/component-base/version
      flags="-X $version.gitVersion=v1.34.4 -X $version.gitMajor=1 -X $version.gitMinor=34"
      ;;
    kwok) program 0.7.0 "kwok sigs.k8s.io/kwok/cmd/kwok" ;;
    compose-check) program 0.1.0 "compose-check lyceum/compose-check" ;;
    *) fail "there is no recipe for '$1'. Recipes: $(ls -d "$here"/*/ | xargs -n 1 basename | tr '\n' ' ')terraform-provider-temporal" ;;
  esac
}

# provider TYPE ADDRESS VERSION PACKAGE
provider() {
  source=$here/terraform-provider-$1
  target=$mirror/registry.terraform.io/$2/$3/$platform
  packages="terraform-provider-$1_v$3 $4"
}

# program VERSION PACKAGES
program() {
  source=$here/$name
  target=$tools/$name-$1
  packages=$2
}

digest() {
  (cd "$source" && find . -type f \( -name 'go.*' -o -name '*.go' -o -name requirements.txt \) | LC_ALL=C sort | xargs cat | sha256sum | cut -d' ' -f1)
}

# The marker lies outside the folder where that is a mirror, in which Terraform expects providers only.
marker() {
  printf '%s/.built-%s\n' "$tools" "$name"
}

is_there() {
  [ "$(cat "$(marker)" 2>/dev/null)" = "$(digest) $target" ]
}

install_python() {
  log=$home/logs/build-$name.log
  mkdir -p "$target" "$home/logs"
  say "Installing $name from its Python package (log: $log)"
  rm -f "$(marker)"
  { python3 -m venv "$target" && "$target/bin/pip" install --disable-pip-version-check --no-input -r "$source/requirements.txt"; } >>"$log" 2>&1 ||
    fail "installing $name failed. All of it: $log"
  printf '%s %s' "$(digest)" "$target" >"$(marker)"
}

build() {
  [ -n "$go" ] || fail "$name is not built, and there is no Go to build it with. Install Go 1.26 or newer."
  mkdir -p "$target" "$home/logs"
  log=$home/logs/build-$name.log
  say "Building $name from its Go module (log: $log)"
  began=$(date +%s)
  rm -f "$(marker)"
  printf '%s\n' "$packages" | while read -r program package; do
    # shellcheck disable=SC2086 # words
    (cd "$source" && GOFLAGS="-p=2 -buildvcs=false" GOWORK=off CGO_ENABLED=0 ${LYCEUM_HEAVY:-} \
      "$go" build -mod="${LYCEUM_GO_MOD:-readonly}" -trimpath -ldflags="-s -w $flags" -o "$target/$program.new" "$package") >>"$log" 2>&1 </dev/null || {
      tail -n 5 "$log" >&2
      exit 1
    }
    mv "$target/$program.new" "$target/$program"
  done || fail "building $name failed. All of it: $log"
  printf '%s %s' "$(digest)" "$target" >"$(marker)"
  say "Built $name in $(($(date +%s) - began)) s"
}

check=
if [ "${1:-}" = --check ]; then
  check=1
  shift
fi
[ $# -gt 0 ] || fail "name what to build, for example: infra/tools/build.sh helm kubernetes-validate"

status=0
for name in "$@"; do
  describe "$name"
  if ! is_there; then
    if [ -n "$check" ]; then
      say "$name is not built. Build it: infra/tools/build.sh $name"
      status=3
      continue
    fi
    if [ -f "$source/requirements.txt" ]; then
      install_python
    else
      build
    fi
  fi
  printf '%s=%s\n' "$name" "$target"
done
exit $status
