#!/usr/bin/env bash
# The stage itself, in namespaces of its own for network, mounts and processes: what it starts, mounts and opens ends with it. Started by
# kubernetes-stage.sh, which sets $root, $cache, $run, $ENGINE, $requests and $parts.
set -euo pipefail
here=$root/tools/containers
bin=$cache/bin
work=$run
export PATH=$bin:$root/node_modules/.bin:$PATH DOCKER_CONFIG=$ENGINE/config NO_COLOR=1
for part in stage/report stage/load kubernetes/control-plane kubernetes/node kubernetes/peers kubernetes/install kubernetes/pod-security \
  kubernetes/disturb kubernetes/backup; do
  # shellcheck source=/dev/null
  . "$here/$part.sh"
done
ended=false

finish() {
  local code=$?
  trap - EXIT INT TERM
  load_stop
  if ! $ended; then failed=$((failed + 1)); fi
  if [ "$failed" -gt 0 ]; then
    kubectl get pods -A >&2 || true
    kubectl get events -n cryptoutil-prod --field-selector type=Warning 2>/dev/null | tail -15 >&2 || true
  fi
  say "Pods with containers: $(docker ps -q --filter label=io.kubernetes.docker.type=podsandbox 2>/dev/null | wc -l)"
  report
  [ "$failed" -eq 0 ] || code=1
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

cryptoutil() { node "$root/tools/cli/bin/cryptoutil.mjs" "$@"; }
deploy() { (cd "$run" && cryptoutil deploy "$@" --target kubernetes); }
quietly() { "$@" >"$run/output" 2>&1 || { tail -15 "$run/output" && return 1; }; }
line() { check "$1" quietly bash -c "cd '$run' && $1"; }
not() { ! "$@"; }
must() { "$@" || { echo "$* failed: without it nothing else can be checked." >&2 && exit 1; }; }
seconds() { printf '%s s' "$(($(date +%s) - begun))"; }
all='cryptoutil-kms identity-authz identity-idp identity-rs'
image() { kubectl get "deployment/$1" -n cryptoutil-prod -o 'jsonpath={.spec.template.spec.containers[0].image}'; }
images() { for name in $all; do [ "$(image "$name")" = "$1" ] || { echo "$name: $(image "$name")" && return 1; }; done; }
rollouts() { for name in $all; do line "kubectl rollout status deployment/$name -n cryptoutil-prod --timeout=240s"; done; }
nothing_failed() { [ "$(count requests)" -gt 0 ] && [ "$(count failed)" -eq 0 ]; }

begun=$(date +%s)
must control_plane_start
must node_start
say "Control plane and kubelet are ready after $(seconds)"
install_suite
first_start
say "The suite is ready $(seconds) after the start of the control plane"
pod_security
bad_manifests

say "Load: people who sign in and refresh, services on kept and on new connections; at least $requests requests"
must load_start 6 --ops "$run/ops" --authz https://auth.cryptoutil.example --idp https://login.cryptoutil.example --rs https://api.cryptoutil.example
for part in $parts; do "$part"; done
load_stop
ended=true
[ "$failed" -eq 0 ]
