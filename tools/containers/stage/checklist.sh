# The checklist against the running deployment: green as it is, and red with the right items when something is wrong. Sourced by
# run-stage.sh, which sets $root, $work, $rs and $kms.
say_red() { grep -E '^  ✗' "$1" | sed -E 's/.*\[([a-z0-9.-]+)\]$/\1/' | sort | paste -sd' ' || true; }

# checklist_post [<item>…]: the exit code is in $code, the items that failed in $red.
checklist_post() {
  local only=()
  [ $# -eq 0 ] || only=(--only "$@")
  code=0
  node "$root/tools/cli/bin/cryptoutil.mjs" checklist post --target compose --folder "$work/deployments/compose" --non-interactive \
    "${only[@]}" >"$work/checklist.out" 2>&1 || code=$?
  red=$(say_red "$work/checklist.out")
}

# 3: what a machine can check is well, and people have items open.
checklist_green() {
  checklist_post
  say "$(grep -E '^[0-9]+ passed, ' "$work/checklist.out" || true)"
  [ "$code" -eq 3 ] && [ -z "$red" ] || { grep -A 2 '^  ✗' "$work/checklist.out" >&2; return 1; }
}

# checklist_red "<items that must fail, sorted>" [<items that must not>…]
checklist_red() {
  local wanted=$1
  shift
  # shellcheck disable=SC2086
  checklist_post $wanted "$@"
  [ "$code" -eq 1 ] && [ "$red" = "$wanted" ] || { echo "red: $red" && return 1; }
}

# Until a certificate is taken over, which the services do by themselves.
checklist_until_red() { for _ in $(seq 30); do checklist_red "$@" >/dev/null && return || sleep 1; done; return 1; }
checklist_until_green() {
  for _ in $(seq 30); do
    checklist_post "$@"
    [ "$code" -eq 0 ] && return || sleep 1
  done
  return 1
}

ops_kms() {
  local pki=$work/deployments/compose/pki
  node "$root/tools/cli/bin/cryptoutil.mjs" kms "$@" --url "https://localhost:$kms" --ca-file "$pki/ca.crt" --cert-file "$pki/ops.crt" \
    --key-file "$pki/ops.key"
}
shares() { printf "$work/deployments/compose/unseal/share-%s\n" 1 2 3; }
pki_renew() { node "$root/tools/cli/bin/cryptoutil.mjs" pki renew "$@" --folder "$work/deployments/compose/pki" >/dev/null; }
service_healthy() {
  for _ in $(seq 120); do
    [ "$(docker inspect -f '{{.State.Health.Status}}' "$(compose ps -q "$1")")" = healthy ] && return || sleep 0.5
  done
  return 1
}
all_healthy() { for name in authz idp rs kms; do service_healthy "$name-blue" || return 1; done; }

# Takes what is wrong from real changes of the deployment, one after the other, and heals each.
checklist_sabotaged() {
  cat >"$work/sabotage.yml" <<'YML'
services:
  rs-blue:
    environment:
      CRYPTOUTIL_LOG_LEVEL: debug
      DB_PASSWORD: not-a-secret-but-looks-like-one
      OTEL_EXPORTER_OTLP_ENDPOINT: http://otel-collector:4318
YML
  compose -f "$work/sabotage.yml" up -d --no-deps rs-blue >/dev/null 2>&1
  check 'a service at debug level, with a password in its environment and a collector that is stopped: each by its item' \
    eval 'service_healthy rs-blue && checklist_red "configuration.log-level secrets.environment telemetry.collector" processes.healthy'
  compose up -d --no-deps rs-blue >/dev/null 2>&1
  ops_kms seal >/dev/null
  check 'a sealed key service: kms.unsealed, and what needs it' checklist_red 'kms.round-trip kms.unsealed services.health' services.live
  # shellcheck disable=SC2046
  ops_kms unseal --share-file $(shares) >/dev/null
  pki_renew rs --days 20
  check 'a certificate that ends in 20 days: tls.expiry, once the service has taken it over' \
    checklist_until_red tls.expiry tls.chain tls.names tls.identities
  pki_renew rs
  check 'green again when all is healed' eval \
    'all_healthy && checklist_until_green configuration.log-level secrets.environment telemetry.collector kms.unsealed services.health tls.expiry'
}
