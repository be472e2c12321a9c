#!/usr/bin/env bash
# A Docker engine with Compose and base images for a machine that has neither an engine nor a registry: Debian 12, root.
# Source it, then call engine_start and engine_bases, and engine_down at the end. Everything it makes lies in the folder $ENGINE.
# ENGINE_BUILDS_ONLY=1: images are built and nothing runs, so the engine makes no network.

: "${ENGINE:?say where the engine may keep its files}"

engine_say() { printf '== %s\n' "$*"; }

# Compose v2 and buildx are not in bookworm; trixie's binaries run on it. The machine's own package lists stay as they are.
engine_plugins() {
  [ -x "$ENGINE/config/cli-plugins/docker-buildx" ] && return
  local file
  engine_say 'Fetching Compose and buildx'
  mkdir -p "$ENGINE/lists/partial" "$ENGINE/plugins" "$ENGINE/config/cli-plugins"
  : >"$ENGINE/empty"
  echo 'deb http://deb.debian.org/debian trixie main' >"$ENGINE/trixie.list"
  local apt=(-o "Dir::Etc::sourcelist=$ENGINE/trixie.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$ENGINE/lists" -o "Dir::State::status=$ENGINE/empty")
  apt-get "${apt[@]}" -qq update || return 1
  (cd "$ENGINE/plugins" && apt-get "${apt[@]}" -qq download docker-compose docker-buildx && for file in *.deb; do dpkg -x "$file" .; done) || return 1
  cp "$ENGINE"/plugins/usr/libexec/docker/cli-plugins/* "$ENGINE/config/cli-plugins/"
}

engine_daemon() {
  local networks=(--bip 198.18.0.1/24 --default-address-pool 'base=198.18.64.0/18,size=24')
  engine_say 'Starting the engine'
  if [ -n "${ENGINE_BUILDS_ONLY:-}" ]; then
    networks=(--bridge none --iptables=false)
  # A route that nobody else uses keeps the networks of the containers away from those of the machine.
  elif ip route add unreachable 198.18.0.0/15 metric 9999 2>/dev/null; then
    : >"$ENGINE/route"
  fi
  setsid dockerd --data-root "$ENGINE/data" --exec-root "$ENGINE/exec" -p "$ENGINE/dockerd.pid" -H "unix://$ENGINE/docker.sock" \
    "${networks[@]}" >"$ENGINE/dockerd.log" 2>&1 </dev/null &
  for _ in $(seq 150); do
    docker info >/dev/null 2>&1 && return
    sleep 0.2
  done
  tail -20 "$ENGINE/dockerd.log" >&2
  echo 'The engine did not start; its log stands above.' >&2
  return 1
}

# docker build, where RUN reaches the registries of packages over the network of this machine when the engine has none.
engine_build() { docker build -q ${ENGINE_BUILDS_ONLY:+--network host} "$@" >/dev/null; }

# Images of others cannot be pulled: their names are given to images made from Debian's and npm's packages.
engine_bases() {
  local here=$1 node=$2
  if ! docker image inspect debian:bookworm-slim >/dev/null 2>&1; then
    engine_say 'Making a Debian base image'
    mmdebstrap --quiet --variant=minbase --include=ca-certificates,libatomic1,libstdc++6 bookworm "$ENGINE/base.tar"
    docker import "$ENGINE/base.tar" debian:bookworm-slim >/dev/null
    rm "$ENGINE/base.tar"
  fi
  engine_say 'Making stand-ins for node, postgres and haproxy (Debian packages; not the official images)'
  mkdir -p "$ENGINE/node/npm"
  cp "$here/stand-ins/node/Dockerfile" /etc/ssl/certs/ca-certificates.crt "$ENGINE/node/"
  cp -L "$node" "$ENGINE/node/node"
  if [ ! -e "$ENGINE/node/npm/package.json" ]; then
    (cd "$ENGINE/node" && npm pack --silent npm@11 >/dev/null && tar xzf npm-11*.tgz -C npm --strip-components=1 && rm npm-11*.tgz)
  fi
  engine_build -t node:26-bookworm-slim "$ENGINE/node"
  engine_build -t postgres:18 "$here/stand-ins/postgres"
  engine_build -t haproxy:3.2 "$here/stand-ins/haproxy"
}

# Fails with the reason when this machine cannot have an engine.
engine_start() {
  local missing=()
  mkdir -p "$ENGINE"
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo 'An engine of its own needs root and apt-get.' >&2
    return 1
  fi
  command -v dockerd >/dev/null || missing+=(docker.io iptables)
  command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
  command -v ip >/dev/null || missing+=(iproute2)
  command -v curl >/dev/null || missing+=(curl)
  if [ ${#missing[@]} -gt 0 ]; then
    engine_say "Installing ${missing[*]}"
    apt-get -qq update || return 1
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null || return 1
  fi
  export DOCKER_HOST="unix://$ENGINE/docker.sock" DOCKER_CONFIG="$ENGINE/config" DOCKER_BUILDKIT=1
  engine_plugins || return 1
  docker info >/dev/null 2>&1 || engine_daemon
}

engine_down() {
  if [ -e "$ENGINE/dockerd.pid" ]; then
    kill "$(cat "$ENGINE/dockerd.pid")" 2>/dev/null || true
    for _ in $(seq 100); do
      [ -e "$ENGINE/dockerd.pid" ] || break
      sleep 0.1
    done
  fi
  if [ -z "${ENGINE_BUILDS_ONLY:-}" ] && ip -4 addr show docker0 2>/dev/null | grep -q '198\.18\.0\.1/'; then ip link del docker0; fi
  if [ -e "$ENGINE/route" ]; then
    ip route del unreachable 198.18.0.0/15 metric 9999 2>/dev/null || true
    rm -f "$ENGINE/route"
  fi
}
