# Load in phases. Sourced by run-stage.sh and kubernetes/inside.sh, which set $work and $here.
loader=

load_start() { # load_start <workers> <what load.mjs has to know>
  node "$here/load.mjs" --workers "$@" >"$work/load.out" 2>"$work/load.log" &
  loader=$!
  for _ in $(seq 120); do grep -q begun "$work/load.log" && return || sleep 0.5; done
  cat "$work/load.log" >&2
  return 1
}

# How many requests the present phase has seen.
load_requests() {
  kill -USR2 "$loader"
  sleep 0.5
  grep -oE '^requests [0-9]+' "$work/load.log" | tail -1 | grep -oE '[0-9]+' || echo 0
}

# Ends a phase: its counts are in $phase, and the next one begins with zeros.
load_phase() {
  local before
  before=$(grep -c '^{' "$work/load.out" || true)
  kill -USR1 "$loader"
  for _ in $(seq 100); do [ "$(grep -c '^{' "$work/load.out")" -gt "$before" ] && break || sleep 0.1; done
  phase=$(grep '^{' "$work/load.out" | tail -1)
  say "$1: $phase"
}

count() { sed -E "s/.*\"$1\":([0-9]+).*/\1/" <<<"$phase"; }

load_stop() {
  [ -z "$loader" ] || kill "$loader" 2>/dev/null || true
  loader=
}
