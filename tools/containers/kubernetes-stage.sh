#!/usr/bin/env bash
# The shipped image and manifests on a real Kubernetes 1.20 (control plane, kubelet, kube-proxy, Docker Engine), on Debian 12 as root:
#   tools/containers/kubernetes-stage.sh [--cache ~/.cache/cryptoutil/kubernetes] [--requests 4000] [--parts 'evictions kills']
# Builds Kubernetes from Debian's source packages when the cache has none (about 10 minutes on 2 idle cores, 3 GB while it builds), and
# images that cannot be pulled from Debian packages. Everything runs in namespaces of its own for network, mounts and processes, and ends with
# them. Needs the built workspace (npm run build), cgroups of version 1 or hybrid, and room for 18 pods (4 GB). The last line sums up;
# exits with 1 when anything is not as it should be, or cannot run here.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tools/containers
cache=${CRYPTOUTIL_KUBERNETES_CACHE:-$HOME/.cache/cryptoutil/kubernetes}
requests=4000
parts='rollouts_and_undo checklist_post deploy_start deploy_unmigrated deploy_stuck deploy_faulty deploy_back evictions kills restore'
while [ $# -gt 0 ]; do
  case $1 in
    --cache) cache=$2 && shift 2 ;;
    --requests) requests=$2 && shift 2 ;;
    --parts) parts=$2 && shift 2 ;;
    *) echo "kubernetes-stage.sh knows --cache <folder>, --requests <n> and --parts <words>, not $1." >&2 && exit 2 ;;
  esac
done
. "$here/stage/report.sh"
. "$here/kubernetes/build.sh"
# kubelet writes these, and they belong to the whole machine.
settings='kernel/panic kernel/panic_on_oops vm/overcommit_memory kernel/keys/root_maxkeys kernel/keys/root_maxbytes'
export root cache requests parts run ENGINE ENGINE_BUILDS_ONLY=1
run=$(mktemp -d)
ENGINE=$cache/engine
cluster=
ended=false

finish() {
  local code=$? name
  trap - EXIT INT TERM
  [ -z "$cluster" ] || { kill -9 "$cluster" 2>/dev/null && wait "$cluster" || true; }
  ENGINE_BUILDS_ONLY=1 engine_down
  for name in $settings; do [ ! -e "$run/before/$name" ] || cat "$run/before/$name" >"/proc/sys/$name"; done
  if [ -e "$run/before/own-cgroups" ]; then
    for _ in $(seq 20); do find /sys/fs/cgroup/*/kubepods -depth -type d -exec rmdir {} + 2>/dev/null && break || sleep 0.2; done
  fi
  rm -rf "$run"
  $ended || printf '0 passed, 1 failed, 0 skipped\n'
  exit "$code"
}
. "$here/engine.sh"
trap finish EXIT
trap 'exit 130' INT TERM

cannot() { echo "The Kubernetes stage cannot run here: $1" >&2 && exit 1; }
[ "$(id -u)" -eq 0 ] || cannot 'it needs root.'
[ -e "$root/tools/cli/dist/main.js" ] || cannot 'the workspace is not built; run "npm run build" first.'
[ -d /sys/fs/cgroup/memory ] || cannot 'kubelet 1.20 needs cgroups of version 1 (or hybrid).'
if ! control_plane_built "$cache"; then
  say "Building Kubernetes into $cache"
  control_plane_build "$cache" || cannot 'Kubernetes could not be built.'
fi
command -v socat >/dev/null || { apt-get -qq update && apt-get -qq install -y --no-install-recommends socat >/dev/null; }

engine_start || cannot 'there is no Docker Engine, for the reason above.'
engine_bases "$here" "$root/node_modules/.bin/node"
say 'Building the image'
engine_build -f "$root/deployments/docker/Dockerfile" -t cryptoutil:0.1.0 --build-arg COMMIT="$(git -C "$root" rev-parse HEAD)" "$root"
docker tag cryptoutil:0.1.0 cryptoutil:0.2.0
docker tag cryptoutil:0.1.0 cryptoutil:stage
engine_build -t cryptoutil:stuck -f "$here/faults/Dockerfile.stuck" "$here/faults"
engine_build -t cryptoutil:unmigrated -f "$here/faults/Dockerfile.unmigrated" "$here/faults"
engine_build -t cryptoutil:faulty "$here/faults"
engine_build -t cryptoutil-stage/pause "$here/stand-ins/pause"
engine_build -t cryptoutil-stage/dns "$here/stand-ins/dns"
engine_down

for name in $settings; do mkdir -p "$run/before/${name%/*}" && cat "/proc/sys/$name" >"$run/before/$name"; done
[ -n "$(find /sys/fs/cgroup -maxdepth 2 -name kubepods)" ] || : >"$run/before/own-cgroups"
code=0
unshare --net --mount --pid --fork --mount-proc --kill-child "$here/kubernetes/inside.sh" > >(tee "$run/stage.log") 2>&1 &
cluster=$!
wait "$cluster" || code=$?
cluster=
for _ in $(seq 20); do
  if tail -1 "$run/stage.log" | grep -Eq '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'; then ended=true && break; else sleep 0.1; fi
done
exit "$code"
