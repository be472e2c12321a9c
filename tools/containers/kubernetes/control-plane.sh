# Starts and stops the control plane. Sourced by kubernetes-stage.sh, which sets $bin and $run.

control_plane_start() {
  local etcd=$1 peers=$2 api=$3
  mkdir -p "$run"
  openssl genrsa -out "$run/account.key" 2048 2>/dev/null
  openssl rsa -in "$run/account.key" -pubout -out "$run/account.pub" 2>/dev/null
  local token
  token=$(openssl rand -hex 24)
  (umask 077 && printf '%s,admin,admin,system:masters\n' "$token" >"$run/tokens.csv")
  background etcd "$bin/etcd" --data-dir "$run/etcd" --listen-client-urls "http://127.0.0.1:$etcd" \
    --advertise-client-urls "http://127.0.0.1:$etcd" --listen-peer-urls "http://127.0.0.1:$peers"
  background api "$bin/kube-apiserver" --etcd-servers "http://127.0.0.1:$etcd" --secure-port "$api" --bind-address 127.0.0.1 \
    --advertise-address 198.18.0.9 --cert-dir "$run/certificates" --token-auth-file "$run/tokens.csv" --authorization-mode RBAC \
    --service-account-key-file "$run/account.pub" --service-account-signing-key-file "$run/account.key" \
    --service-account-issuer https://kubernetes --service-cluster-ip-range 198.18.128.0/20
  export KUBECONFIG=$run/kubeconfig
  (umask 077 && cat >"$KUBECONFIG" <<CONFIG
apiVersion: v1
kind: Config
clusters: [{name: stage, cluster: {server: 'https://127.0.0.1:$api', insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: stage, context: {cluster: stage, user: admin}}]
current-context: stage
CONFIG
  )
  for _ in $(seq 240); do
    if kubectl get --raw /readyz >/dev/null 2>&1; then
      background controllers "$bin/kube-controller-manager" --kubeconfig "$KUBECONFIG" --port 0 --secure-port 0 --leader-elect=false \
        --service-account-private-key-file "$run/account.key" --use-service-account-credentials
      background scheduler "$bin/kube-scheduler" --kubeconfig "$KUBECONFIG" --port 0 --secure-port 0 --leader-elect=false
      return
    fi
    sleep 0.5
  done
  tail -5 "$run/api.log" >&2
  return 1
}

background() {
  local name=$1 && shift
  "$@" >"$run/$name.log" 2>&1 </dev/null &
  echo $! >"$run/$name.pid"
}

control_plane_stop() {
  local file
  for file in "$run"/*.pid; do [ ! -e "$file" ] || kill "$(cat "$file")" 2>/dev/null || true; done
}
