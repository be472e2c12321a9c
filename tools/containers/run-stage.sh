#!/usr/bin/env bash
# Builds the shipped Dockerfile, runs the shipped compose.yml, and takes new versions in and out under load:
#   tools/containers/run-stage.sh [--requests 5000] [--keep]
# Uses the Docker engine of the machine when there is one, with the official images; else (Debian 12, root) one of its own with
# stand-ins from Debian packages. Needs the built workspace (npm run build). Exits with 1 when anything is not as it should be.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tools/containers
requests=5000
keep=false
while [ $# -gt 0 ]; do
  case $1 in
    --requests) requests=$2 && shift 2 ;;
    --keep) keep=true && shift ;;
    *) echo "run-stage.sh knows --requests <n> and --keep, not $1." >&2 && exit 2 ;;
  esac
done

work=${CRYPTOUTIL_STAGE_FOLDER:-$(mktemp -d)}
mkdir -p "$work"
node=$root/node_modules/.bin/node
export PATH=$root/node_modules/.bin:$PATH
cryptoutil() { node "$root/tools/cli/bin/cryptoutil.mjs" deploy "$@" --folder "$work/deployments/compose"; }
compose() { docker compose -f "$work/deployments/compose/compose.yml" --profile blue --profile green "$@"; }
say() { printf '== %s\n' "$*"; }
check() { # check <what must hold> <command…>
  local title=$1 && shift
  if "$@"; then say "ok: $title"; else say "NOT OK: $title" && failed=1; fi
}
failed=0
loader=
own_engine=false

finish() {
  local code=$?
  trap - EXIT INT TERM
  [ -z "$loader" ] || kill "$loader" 2>/dev/null || true
  if [ "$code" -ne 0 ]; then compose logs --tail 20 2>/dev/null | tail -60 >&2 || true; fi
  if ! $keep; then
    compose down --timeout 10 >/dev/null 2>&1 || true
    rm -rf "$work/deployments"
  fi
  if $own_engine && ! $keep; then engine_down; fi
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

[ -e "$root/tools/cli/dist/main.js" ] || { echo 'The workspace is not built: run "npm run build" first.' >&2 && exit 1; }
if [ -z "${CRYPTOUTIL_STAGE_OWN_ENGINE:-}" ] && docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
  say "Using the engine of this machine ($(docker version --format '{{.Server.Version}}')) and the official images"
else
  own_engine=true
  export ENGINE=$work/engine
  # shellcheck source=tools/containers/engine.sh
  . "$here/engine.sh"
  engine_up "$here" "$node"
fi

# A copy of what is shipped: the deployment's secrets and data must not land in the checkout.
rm -rf "$work/deployments" && mkdir -p "$work/deployments"
cp -r "$root/deployments/compose" "$root/deployments/haproxy" "$root/deployments/otel" "$root/deployments/identity" "$work/deployments/"
rm -rf "$work"/deployments/compose/{.env,secrets,pki,unseal,data,backups}

say 'Building the image'
commit=$(git -C "$root" rev-parse HEAD)
docker build -q -f "$root/deployments/docker/Dockerfile" -t cryptoutil:stage --build-arg COMMIT="$commit" "$root" >/dev/null
ours=$(($(docker image inspect -f '{{.Size}}' cryptoutil:stage) - $(docker image inspect -f '{{.Size}}' node:26-bookworm-slim)))
say "The image adds $((ours / 1000000)) MB to its Node base"
check 'the image adds at most 150 MB' [ "$ours" -le 150000000 ]
check 'it does not run as root' [ "$(docker image inspect -f '{{.Config.User}}' cryptoutil:stage)" = 1000:1000 ]

say 'Starting the deployment'
read -r authz idp rs kms gateway < <(node -e '
  const { createServer } = require("node:net");
  const servers = Array.from({ length: 5 }, () => createServer().listen(0, "127.0.0.1"));
  setTimeout(() => { console.log(servers.map((s) => s.address().port).join(" ")); servers.forEach((s) => s.close()); }, 100);')
cryptoutil init --no-telemetry --image cryptoutil:stage \
  --authz-port "$authz" --idp-port "$idp" --rs-port "$rs" --kms-port "$kms" --auth-service-port "$gateway" >/dev/null
check 'a second init is refused' bash -c "! node '$root/tools/cli/bin/cryptoutil.mjs' deploy init --folder '$work/deployments/compose' 2>/dev/null"
# The lines of the checklist, as they are written there.
(cd "$work" && docker compose -f deployments/compose/compose.yml pull -q && docker compose -f deployments/compose/compose.yml up -d 2>/dev/null)
ready() { cryptoutil status >/dev/null 2>&1; }
for _ in $(seq 240); do ready && break || sleep 1; done
check 'everything is ready' ready
health=$(curl -sk "https://127.0.0.1:$authz/health")
check '/health tells the version and the commit' bash -c "[[ '$health' == *'\"version\":\"0.1.0\"'* && '$health' == *$commit* ]]"
check 'livez and readyz answer' bash -c "curl -skf https://127.0.0.1:$kms/admin/v1/livez && curl -skf https://127.0.0.1:$kms/admin/v1/readyz && echo"

check 'Auth Service v1.0 is reached at its own port' curl -sk -o /dev/null "https://127.0.0.1:$gateway/"

say "Load: at least $requests requests"
node "$here/load.mjs" --folder "$work/deployments/compose" --at-most 1000000 >"$work/load.json" 2>"$work/load.log" &
loader=$!
for _ in $(seq 120); do grep -q begun "$work/load.log" && break || sleep 1; done
seen() { cryptoutil status 2>/dev/null | sed -n 's/^active: \([a-z]*\).*/\1/p'; }

cryptoutil start --image cryptoutil:stage --watch 10
check 'blue to green' [ "$(seen)" = green ]
cryptoutil start --image cryptoutil:stage --watch 10
check 'green to blue' [ "$(seen)" = blue ]

say 'A version that never becomes healthy'
printf 'FROM cryptoutil:stage\nENTRYPOINT ["sleep", "600"]\n' | docker build -q -t cryptoutil:stage-broken - >/dev/null
check 'it is given up by itself' bash -c "! node '$root/tools/cli/bin/cryptoutil.mjs' deploy start --folder '$work/deployments/compose' --image cryptoutil:stage-broken --healthy-within 15 --no-backup"
check 'blue goes on' [ "$(seen)" = blue ]

say 'Rollback to the version before'
# The idle colour still names the image that was there before the broken one.
begun=$(date +%s)
cryptoutil rollback
check "rollback takes less than 5 minutes ($(($(date +%s) - begun)) s)" [ $(($(date +%s) - begun)) -lt 300 ]
check 'green serves again' [ "$(seen)" = green ]

# Goes on until there were enough requests, for at most ten minutes.
total() { curl -sk "https://127.0.0.1:$authz/health" >/dev/null; kill -USR2 "$loader" 2>/dev/null; sleep 1; tail -1 "$work/load.log" | grep -oE '[0-9]+$' || echo 0; }
for _ in $(seq 600); do [ "$(total)" -ge "$requests" ] && break; done
kill "$loader" && wait "$loader" || true
loader=
cat "$work/load.json"
check 'no request failed' grep -q '"failed":0,' "$work/load.json"
check "there were at least $requests requests" [ "$(sed -E 's/.*"requests":([0-9]+).*/\1/' "$work/load.json")" -ge "$requests" ]

before=$(find "$work/deployments/compose/data/postgres" -type f | wc -l)
(cd "$work" && docker compose -f deployments/compose/compose.yml down -v >/dev/null 2>&1)
check '"down -v" leaves the data where it is' [ "$(find "$work/deployments/compose/data/postgres" -type f | wc -l)" -ge $((before / 2)) ]
(cd "$work" && docker compose -f deployments/compose/compose.yml up -d 2>/dev/null)
for _ in $(seq 240); do ready && break || sleep 1; done
check 'it comes up again with its data, unsealed from its shares' ready
[ "$failed" -eq 0 ] && say 'All checks passed.'
exit "$failed"
