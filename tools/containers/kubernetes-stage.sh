#!/usr/bin/env bash
# The manifests and "cryptoutil deploy --target kubernetes" with a real Kubernetes 1.20 control plane, on Debian 12 as root:
#   tools/containers/kubernetes-stage.sh [--cache ~/.cache/cryptoutil/kubernetes]
# Builds the control plane from Debian's source packages when the cache has none (about 10 minutes, 3 GB while it builds). A stand-in
# reports the pods as running: no container is started here. Needs the built workspace (npm run build). The last line sums up.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tools/containers
cache=${CRYPTOUTIL_KUBERNETES_CACHE:-$HOME/.cache/cryptoutil/kubernetes}
while [ $# -gt 0 ]; do
  case $1 in
    --cache) cache=$2 && shift 2 ;;
    *) echo "kubernetes-stage.sh knows --cache <folder>, not $1." >&2 && exit 2 ;;
  esac
done
. "$here/stage/report.sh"
. "$here/kubernetes/build.sh"
. "$here/kubernetes/control-plane.sh"
run=$(mktemp -d)
bin=$cache/bin
export PATH=$bin:$root/node_modules/.bin:$PATH

finish() {
  local code=$?
  trap - EXIT INT TERM
  control_plane_stop
  rm -rf "$run"
  report
  exit "$code"
}
trap finish EXIT
trap 'failed=$((failed + 1)); exit 130' INT TERM

[ -e "$root/tools/cli/dist/main.js" ] || { echo 'The workspace is not built: run "npm run build" first.' >&2 && exit 1; }
if [ ! -x "$bin/kubectl" ]; then
  say "Building Kubernetes into $cache"
  control_plane_build "$cache"
fi
read -r etcd peers api < <(node -e '
  const { createServer } = require("node:net");
  const servers = Array.from({ length: 3 }, () => createServer().listen(0, "127.0.0.1"));
  setTimeout(() => { console.log(servers.map((s) => s.address().port).join(" ")); servers.forEach((s) => s.close()); }, 100);')
say 'Starting the control plane'
control_plane_start "$etcd" "$peers" "$api"
background node node "$here/kubernetes/fake-node.mjs" "https://127.0.0.1:$api" "$(cut -d, -f1 "$run/tokens.csv")"

# The checklist's lines name deployments/kubernetes: they run beside a copy of it with API versions of 1.20.
node "$here/kubernetes/to-1.20.mjs" "$root/deployments/kubernetes" "$run/deployments/kubernetes"
mkdir -p "$run/deployments/kubernetes/secrets"
cryptoutil() { node "$root/tools/cli/bin/cryptoutil.mjs" "$@"; }
deploy() { (cd "$run" && cryptoutil deploy "$@" --target kubernetes); }
quietly() { "$@" >"$run/output" 2>&1 || { cat "$run/output" && return 1; }; }
line() { check "$1" quietly bash -c "cd '$run' && $1"; }
refused() { ! kubectl apply --dry-run=server --validate=true -f "$1" >"$run/output" 2>&1; }

line 'kubectl apply -f deployments/kubernetes/namespace/'
check 'secrets are made' quietly cryptoutil kubernetes secrets --out "$run/deployments/kubernetes/secrets"
for folder in configmaps secrets policies services jobs; do line "kubectl apply -f deployments/kubernetes/$folder/ -n cryptoutil-prod"; done
line 'kubectl wait --for=condition=complete job/cryptoutil-migrate -n cryptoutil-prod --timeout=60s'
line 'kubectl apply -f deployments/kubernetes/deployments/ -n cryptoutil-prod'
all='cryptoutil-kms identity-authz identity-idp identity-rs'
for name in $all; do line "kubectl rollout status deployment/$name -n cryptoutil-prod --timeout=60s"; done
line 'kubectl get pods -n cryptoutil-prod'

node "$here/kubernetes/bad-manifests.mjs" "$root/deployments/kubernetes" "$run/bad"
for file in "$run"/bad/*.yaml; do
  check "refused: $(basename "$file" .yaml)" refused "$file"
  grep -v '^$' "$run/output" | tail -1 | cut -c1-160
done

image() { kubectl get "deployment/$1" -n cryptoutil-prod -o 'jsonpath={.spec.template.spec.containers[0].image}'; }
images() { for name in $all; do [ "$(image "$name")" = "$1" ] || { echo "$name: $(image "$name")" && return 1; }; done; }
start() { deploy start --no-backup --no-smoke --watch 3 "$@"; }
given_up() { ! start "$@"; }
check 'a new version comes in' start --image cryptoutil:0.2.0
check 'all four run it' images cryptoutil:0.2.0
line 'kubectl rollout history deployment/identity-authz -n cryptoutil-prod'
check 'the status is ready' deploy status
check 'a version that never becomes ready is given up' given_up --image cryptoutil:broken --healthy-within 10
check 'all four run the version before' images cryptoutil:0.2.0
check 'a version without its backup is refused' eval '! deploy start --no-smoke --watch 3 --image cryptoutil:0.3.0'
check 'rollback succeeds' deploy rollback
for name in $all; do line "kubectl rollout undo deployment/$name -n cryptoutil-prod"; done
for name in $all; do line "kubectl rollout status deployment/$name -n cryptoutil-prod --timeout=60s"; done
line 'kubectl get pods -n cryptoutil-prod'
check 'the version is the one before' images cryptoutil:0.2.0
[ "$failed" -eq 0 ]
