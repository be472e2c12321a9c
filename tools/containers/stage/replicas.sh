# Two processes of every service (deployments/identity/compose.advanced.yml), and secrets and authorities that change under load. Sourced by
# run-stage.sh after load.sh and kill.sh, which it needs, as it does $root, $work, $gateway and seen.
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
  load_start 6 --folder "$work/deployments/compose" --gateway
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

jwt_secret=auth-service-jwt-secret
rotate_jwt_secret() {
  node "$root/tools/cli/bin/cryptoutil.mjs" auth-service rotate-secret --secret-file "$work/deployments/compose/secrets/authz/$jwt_secret" "$@" \
    >"$work/rotate.out" 2>&1
}
not() { ! "$@"; }
gateway_url() { printf 'https://127.0.0.1:%s/auth-server/v1/oauth/%s' "$gateway" "$1"; }
gateway_token() {
  curl -skf -H 'content-type: application/json' "$(gateway_url token)" \
    -d '{"grant_type":"client_credentials","client_id":"load","client_secret":"load-test-secret-load-test-secret-load"}' |
    sed -E 's/.*"access_token":"([^"]+)".*/\1/'
}
# Each of the two processes answers half of the new connections.
gateway_says() { # gateway_says <status> <token>
  local code
  for _ in $(seq 12); do
    code=$(curl -sk -o /dev/null -w '%{http_code}' -X POST -H "authorization: Bearer $2" -H 'x-original-url: https://load.example/a' \
      -H 'x-original-method: GET' "$(gateway_url validate)")
    [ "$code" = "$1" ] || { echo "validate: $code" && return 1; }
  done
}

# The secret that signs tokens of Auth Service v1.0, as docs/operations/token-rotation-runbook.md says.
jwt_secret_stage() {
  load_phase 'the JWT secret of before'
  check 'one JWT secret signs, and no request fails' eval '[ "$(count kids)" -eq 1 ] && [ "$(count failed)" -eq 0 ]'
  check 'the JWT secret is rotated' rotate_jwt_secret
  sleep 8
  load_phase 'JWT secret rotated'
  check 'no request failed when it was' eval '[ "$(count validated)" -gt 0 ] && [ "$(count failed)" -eq 0 ]'
  check 'the new secret signs, and tokens of the one before are good' eval '[ "$(count kids)" -eq 2 ] && [ "$(count older)" -gt 0 ]'
  check 'a second rotation on one day is refused' not rotate_jwt_secret
}

# A secret that was seen by others: rotated twice, its tokens are refused.
jwt_secret_seen() {
  local token
  token=$(gateway_token)
  check 'a token is good' gateway_says 200 "$token"
  check 'one rotation, although there was one today' rotate_jwt_secret --force
  sleep 2
  check 'its tokens are good at both processes' gateway_says 200 "$token"
  check 'a second one' rotate_jwt_secret --force
  sleep 2
  check 'its tokens are refused at both processes' gateway_says 401 "$token"
  check 'new ones are good' gateway_says 200 "$(gateway_token)"
}

# rotations_stage <count>
rotations_stage() {
  local turn
  jwt_secret_stage
  for turn in $(seq "$1"); do
    check "authority $turn of $1 replaced" eval 'node "$root/tools/cli/bin/cryptoutil.mjs" pki rotate-ca --begin --wait --settle 8s --overlap 8s \
      --folder "$work/deployments/compose/pki" >"$work/rotate.out" 2>&1 || { cat "$work/rotate.out" >&2; false; }'
    load_phase "authority $turn of $1"
    check 'no request failed while it was replaced' eval '[ "$(count requests)" -gt 0 ] && [ "$(count failed)" -eq 0 ]'
  done
}
