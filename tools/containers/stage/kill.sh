# Processes that are gone from one moment to the next. Sourced by run-stage.sh, which sets the ports $authz, $idp, $rs and $kms.
restarts() { docker inspect -f '{{.RestartCount}}' "$1"; }

# All services answer that they and what they depend on are well.
all_well() {
  local port
  for port in "$authz" "$idp" "$rs"; do curl -skf -m 3 -o /dev/null "https://127.0.0.1:$port/health" || return 1; done
  curl -skf -m 3 -o /dev/null "https://127.0.0.1:$kms/admin/v1/readyz"
}

# kill_hard <service>: kill -9 of its container's first process. "docker kill" would not do: Docker does not restart what it was told to end.
kill_hard() {
  local container before begun
  container=$(compose ps -q "$1")
  before=$(restarts "$container")
  begun=$(date +%s%N)
  kill -9 "$(docker inspect -f '{{.State.Pid}}' "$container")"
  for _ in $(seq 300); do
    if [ "$(restarts "$container")" -gt "$before" ] && all_well; then
      say "$1 was back $((($(date +%s%N) - begun) / 1000000)) ms after kill -9"
      return
    fi
    sleep 0.3
  done
  return 1
}
