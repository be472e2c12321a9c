# Two processes of every service (deployments/identity/compose.advanced.yml), and authorities that change under load. Sourced by
# run-stage.sh after load.sh and kill.sh, which it needs, as it does $root, $work and seen.
# Without naming profiles: those of .env, which is the active colour.
advanced() { docker compose -f "$work/deployments/compose/compose.yml" -f "$work/deployments/identity/compose.advanced.yml" "$@"; }

all_replicas_healthy() {
  local ids
  for _ in $(seq 240); do
    ids=$(advanced ps -q "authz-$colour" "idp-$colour" "rs-$colour" "kms-$colour")
    [ "$(wc -w <<<"$ids")" -eq 8 ] &&
      [ "$(xargs docker inspect -f '{{.State.Health.Status}}' <<<"$ids" | sort | uniq -c | tr -s ' ')" = ' 8 healthy' ] && return || sleep 0.5
  done
  return 1
}

# kill_replica <service>: kill -9 of one of its two processes, which comes back while the other one serves.
kill_replica() {
  local container before
  container=$(advanced ps -q "$1" | tail -1)
  before=$(restarts "$container")
  kill -9 "$(docker inspect -f '{{.State.Pid}}' "$container")"
  for _ in $(seq 200); do [ "$(restarts "$container")" -gt "$before" ] && all_replicas_healthy && return || sleep 0.3; done
  return 1
}

replicas_stage() {
  local service colour
  colour=$(seen)
  advanced up -d >/dev/null 2>&1
  check 'two processes of every service are healthy' all_replicas_healthy
  load_start 6
  sleep 10
  load_phase 'two processes of every service'
  check 'no request failed on two processes' eval '[ "$(count requests)" -gt 0 ] && [ "$(count failed)" -eq 0 ]'
  for service in "rs-$colour" "idp-$colour" "authz-$colour" "kms-$colour"; do
    check "one of two $service comes back after kill -9" kill_replica "$service"
    load_phase "kill -9 of one of two $service"
    # What was in flight in the killed process has failed, and new connections until HAProxy's next check; the other process serves.
    check "at most one in twenty requests failed meanwhile" [ $(($(count failed) * 20)) -le "$(count requests)" ]
  done
  sleep 5
  load_phase 'settling'
}

# rotations_stage <count>
rotations_stage() {
  local turn
  for turn in $(seq "$1"); do
    check "authority $turn of $1 replaced" eval 'node "$root/tools/cli/bin/cryptoutil.mjs" pki rotate-ca --begin --wait --settle 8s --overlap 8s \
      --folder "$work/deployments/compose/pki" >"$work/rotate.out" 2>&1 || { cat "$work/rotate.out" >&2; false; }'
    load_phase "authority $turn of $1"
    check 'no request failed while it was replaced' eval '[ "$(count requests)" -gt 0 ] && [ "$(count failed)" -eq 0 ]'
  done
}
