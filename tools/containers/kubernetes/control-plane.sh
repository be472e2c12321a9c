# Starts the control plane, in network and process namespaces of its own. Sourced by inside.sh, which sets $bin and $run.

background() { # background <name> <command…>
  local name=$1 && shift
  "$@" >"$run/$name.log" 2>&1 </dev/null &
}

# until_true <tries, two a second> <command…>
until_true() {
  local tries=$1 && shift
  for _ in $(seq "$tries"); do "$@" >/dev/null 2>&1 && return || sleep 0.5; done
  return 1
}

control_plane_start() {
  local token
  ip link set lo up
  openssl genrsa -out "$run/account.key" 2048 2>/dev/null
  openssl rsa -in "$run/account.key" -pubout -out "$run/account.pub" 2>/dev/null
  token=$(openssl rand -hex 24)
  (umask 077 && printf '%s,admin,admin,system:masters\n' "$token" >"$run/tokens.csv")
  background etcd "$bin/etcd" --data-dir "$run/etcd" --listen-client-urls http://127.0.0.1:2379 \
    --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
  # Privileged pods may exist here, so that it is the policy that refuses them.
  background api "$bin/kube-apiserver" --etcd-servers http://127.0.0.1:2379 --secure-port 6443 --bind-address 127.0.0.1 \
    --advertise-address 198.18.0.1 --cert-dir "$run/certificates" --token-auth-file "$run/tokens.csv" --authorization-mode RBAC \
    --service-account-key-file "$run/account.pub" --service-account-signing-key-file "$run/account.key" \
    --service-account-issuer https://kubernetes --service-cluster-ip-range 198.18.128.0/20 \
    --kubelet-preferred-address-types InternalIP --allow-privileged --enable-admission-plugins PodSecurityPolicy
  export KUBECONFIG=$run/kubeconfig
  (umask 077 && cat >"$KUBECONFIG" <<CONFIG
apiVersion: v1
kind: Config
clusters: [{name: stage, cluster: {server: 'https://127.0.0.1:6443', insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: stage, context: {cluster: stage, user: admin}}]
current-context: stage
CONFIG
  )
  until_true 240 kubectl get --raw /readyz || { tail -5 "$run/api.log" >&2 && return 1; }
  background controllers "$bin/kube-controller-manager" --kubeconfig "$KUBECONFIG" --port 0 --secure-port 0 --leader-elect=false \
    --service-account-private-key-file "$run/account.key" --use-service-account-credentials
  background scheduler "$bin/kube-scheduler" --kubeconfig "$KUBECONFIG" --port 0 --secure-port 0 --leader-elect=false
}
