#!/usr/bin/env bash
# Builds the shipped Dockerfile, runs the shipped compose.yml, takes new versions in and out under load, and kills what runs:
#   tools/containers/run-stage.sh [--requests 50000] [--rotations 0] [--keep]
# --rotations: with two processes of every service, kill one of each, rotate the JWT secret, and replace the authority this often, all under
# load; before that, a version that is slow must be given up, and one that is not must stay.
# Uses the Docker engine of the machine when there is one, with the official images; else (Debian 12, root) one of its own with
# stand-ins from Debian packages. Needs the built workspace (npm run build). The last line sums up what was checked. Exits with 1 when
# anything is not as it should be, with 3 when there is no engine and none can be started.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tools/containers
requests=50000
rotations=0
keep=false
while [ $# -gt 0 ]; do
  case $1 in
    --requests) requests=$2 && shift 2 ;;
    --rotations) rotations=$2 && shift 2 ;;
    --keep) keep=true && shift ;;
    *) echo "run-stage.sh knows --requests <n>, --rotations <n> and --keep, not $1." >&2 && exit 2 ;;
  esac
done

# What is made once for all runs (the engine with its images) stays when a folder is named.
work=${CRYPTOUTIL_STAGE_FOLDER:-$(mktemp -d)}
mkdir -p "$work"
node=$root/node_modules/.bin/node
export PATH=$root/node_modules/.bin:$PATH
. "$here/stage/report.sh"
. "$here/stage/load.sh"
. "$here/stage/kill.sh"
. "$here/stage/replicas.sh"
. "$here/stage/checklist.sh"
. "$here/stage/older-database.sh"
cryptoutil() { node "$root/tools/cli/bin/cryptoutil.mjs" deploy "$@" --folder "$work/deployments/compose"; }
compose() { docker compose -f "$work/deployments/compose/compose.yml" --profile blue --profile green "$@"; }
seen() { cryptoutil status 2>/dev/null | sed -n 's/^active: \([a-z]*\).*/\1/p'; }
ready() { cryptoutil status >/dev/null 2>&1; }
wait_ready() {
  for _ in $(seq 480); do ready && return || sleep 0.5; done
  return 1
}
given_up() { ! cryptoutil start "$@"; }
own_engine=false

finish() {
  local code=$?
  trap - EXIT INT TERM
  load_stop
  if [ "$code" -ne 0 ] && [ "$code" -ne 3 ]; then compose logs --tail 20 2>/dev/null | tail -60 >&2 || true; fi
  if ! $keep; then
    compose down --timeout 5 >/dev/null 2>&1 || true
    rm -rf "$work/deployments"
    if $own_engine; then engine_down; fi
    [ -n "${CRYPTOUTIL_STAGE_FOLDER:-}" ] || rm -rf "$work"
  fi
  [ "$code" -eq 3 ] || report
  exit "$code"
}
trap finish EXIT
trap 'failed=$((failed + 1)); exit 130' INT TERM

[ -e "$root/tools/cli/dist/main.js" ] || { echo 'The workspace is not built: run "npm run build" first.' >&2 && exit 1; }
if [ -z "${CRYPTOUTIL_STAGE_OWN_ENGINE:-}" ] && docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
  say "Using the engine of this machine ($(docker version --format '{{.Server.Version}}')) and the official images"
else
  own_engine=true
  export ENGINE=$work/engine
  # shellcheck source=tools/containers/engine.sh
  . "$here/engine.sh"
  engine_start || exit 3
  engine_bases "$here" "$node"
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
printf 'FROM cryptoutil:stage\nENTRYPOINT ["sleep", "600"]\n' | docker build -q -t cryptoutil:stage-stuck - >/dev/null
docker build -q -t cryptoutil:stage-faulty "$here/faults" >/dev/null
docker build -q -t cryptoutil:stage-slow -f "$here/faults/Dockerfile.slow" "$here/faults" >/dev/null

say 'Starting the deployment'
read -r authz idp rs kms gateway < <(node -e '
  const { createServer } = require("node:net");
  const servers = Array.from({ length: 5 }, () => createServer().listen(0, "127.0.0.1"));
  setTimeout(() => { console.log(servers.map((s) => s.address().port).join(" ")); servers.forEach((s) => s.close()); }, 100);')
cryptoutil init --no-telemetry --image cryptoutil:stage \
  --authz-port "$authz" --idp-port "$idp" --rs-port "$rs" --kms-port "$kms" --auth-service-port "$gateway" >/dev/null
second_init() { cryptoutil init 2>/dev/null; }
check 'a second init is refused' eval '! second_init'
# The lines of the checklist, as they are written there.
(cd "$work" && docker compose -f deployments/compose/compose.yml pull -q && docker compose -f deployments/compose/compose.yml up -d 2>/dev/null)
check 'everything gets ready' wait_ready
health=$(curl -sk "https://127.0.0.1:$authz/health" || true)
check '/health tells the version and the commit' eval '[[ $health == *\"version\":\"0.1.0\"* && $health == *$commit* ]]'
check 'livez answers' curl -skf -o /dev/null "https://127.0.0.1:$kms/admin/v1/livez"
check 'readyz answers' curl -skf -o /dev/null "https://127.0.0.1:$kms/admin/v1/readyz"
check 'Auth Service v1.0 is reached at its own port' curl -sk -o /dev/null "https://127.0.0.1:$gateway/"
check 'every container is healthy' all_healthy
check '"checklist post" is green, but for what people must confirm' checklist_green
checklist_sabotaged

say "Load: people who sign in and refresh, services on kept and on new connections; at least $requests requests"
load_start 9 --folder "$work/deployments/compose"
check 'a new version comes in' cryptoutil start --image cryptoutil:stage --watch 5
check 'blue to green' [ "$(seen)" = green ]
check 'a version that never becomes healthy is given up' given_up --image cryptoutil:stage-stuck --healthy-within 10 --no-backup
check 'green goes on' [ "$(seen)" = green ]
begun=$SECONDS
check 'rollback succeeds' cryptoutil rollback
check "rollback takes less than 5 minutes ($((SECONDS - begun)) s)" [ $((SECONDS - begun)) -lt 300 ]
check 'green to blue' [ "$(seen)" = blue ]
begun=$SECONDS
while [ "$(load_requests)" -lt "$requests" ] && [ $((SECONDS - begun)) -lt 300 ]; do sleep 1; done
load_phase 'blue, green, blue'
check "there were at least $requests requests" [ "$(count requests)" -ge "$requests" ]
check 'no request failed' [ "$(count failed)" -eq 0 ]
check 'people signed in and refreshed meanwhile' eval '[ "$(count logins)" -gt 0 ] && [ "$(count refreshes)" -gt 0 ]'

check 'a version that answers every tenth request with 500 is given up' given_up --image cryptoutil:stage-faulty --watch 60 --no-backup
check 'blue serves again' [ "$(seen)" = blue ]
load_phase 'a faulty version'
check 'its errors were seen by somebody' [ "$(count failed)" -gt 0 ]
sleep 5
load_phase 'after the way back'
check 'no request failed after the way back' eval '[ "$(count requests)" -gt 0 ] && [ "$(count failed)" -eq 0 ]'

if [ "$rotations" -gt 0 ]; then
  begun=$SECONDS
  check 'a version that takes 400 ms longer is given up' given_up --image cryptoutil:stage-slow --watch 120 --no-backup
  say "… after $((SECONDS - begun)) s in all"
  check 'blue serves again after it' [ "$(seen)" = blue ]
  load_phase 'a slow version'
  check 'no request failed meanwhile' [ "$(count failed)" -eq 0 ]
  check 'a version that is as fast as before stays, watched for a minute' cryptoutil start --image cryptoutil:stage --watch 60 --no-backup
  check 'and is gone back from' cryptoutil rollback
  load_phase 'a good version'
  check 'no request failed on both ways' [ "$(count failed)" -eq 0 ]
fi

for service in rs-blue idp-blue authz-blue kms-blue postgres; do
  check "$service comes back after kill -9" kill_hard "$service"
  load_phase "kill -9 of $service"
done
sleep 5
load_phase 'settling'
sleep 5
load_phase 'after the kills'
check 'no request failed when all was back' eval '[ "$(count requests)" -gt 0 ] && [ "$(count failed)" -eq 0 ]'
load_stop
if [ "$rotations" -gt 0 ]; then
  replicas_stage
  rotations_stage "$rotations"
  load_stop
  jwt_secret_seen
fi

before=$(find "$work/deployments/compose/data/postgres" -type f | wc -l)
(cd "$work" && docker compose -f deployments/compose/compose.yml down -v --timeout 10 >/dev/null 2>&1)
check '"down -v" leaves the data where it is' [ "$(find "$work/deployments/compose/data/postgres" -type f | wc -l)" -ge $((before / 2)) ]
(cd "$work" && docker compose -f deployments/compose/compose.yml up -d 2>/dev/null)
check 'it comes up again with its data, unsealed from its shares' wait_ready

check 'the set of the first deploy start is put back' restored_newest
check 'the key service notices the older database over the restart, and stays sealed' rollback_noticed
check 'an operator acknowledges it' ops_kms unseal --acknowledge-rollback
check 'it goes on from there' wait_ready
[ "$failed" -eq 0 ]
