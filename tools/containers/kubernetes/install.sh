# The installation as deployments/kubernetes/README.md tells it, line by line. Sourced by inside.sh.

install_suite() {
  # The lines name deployments/kubernetes: they run beside a copy of it.
  node "$here/kubernetes/to-1.20.mjs" "$root/deployments/kubernetes" "$run/deployments/kubernetes"
  quietly kubectl apply -f "$here/kubernetes/peers/policy.yaml"
  line 'kubectl apply -f deployments/kubernetes/namespace/'
  must quietly database_authority
  check 'secrets are made' quietly cryptoutil kubernetes secrets --out "$run/deployments/kubernetes/secrets" \
    --database-ca-file "$run/database-pki/ca.crt"
  for folder in configmaps secrets policies; do line "kubectl apply -f deployments/kubernetes/$folder/ -n cryptoutil-prod"; done
  must quietly certificates
  must quietly database_start
  line 'kubectl apply -f deployments/kubernetes/services/ -n cryptoutil-prod'
  must quietly collector_start
  must quietly dns_start
  line 'kubectl apply -f deployments/kubernetes/jobs/ -n cryptoutil-prod'
  line 'kubectl wait --for=condition=complete job/cryptoutil-migrate -n cryptoutil-prod --timeout=15m'
  line 'kubectl apply -f deployments/kubernetes/deployments/ -n cryptoutil-prod'
}

# Forwards a port while a command runs.
forwarded() { # forwarded <what> <port> <command…>
  local what=$1 port=$2 forward code=0
  shift 2
  kubectl port-forward "$what" "$port:$port" -n cryptoutil-prod >"$run/forward.log" 2>&1 &
  forward=$!
  until_true 40 grep -q Forwarding "$run/forward.log"
  "$@" || code=$?
  kill "$forward"
  return "$code"
}

first_start() {
  local part operator=(--ca-file "$run/ops/ca.crt" --cert-file "$run/ops/tls.crt" --key-file "$run/ops/tls.key") shares=$run/shares
  mkdir -m 700 "$run/ops"
  for part in tls.crt tls.key ca.crt; do
    kubectl get secret cryptoutil-ops-tls -n cryptoutil-prod -o "jsonpath={.data.${part/./\\.}}" | base64 -d >"$run/ops/$part"
  done
  until_true 240 pod_running cryptoutil-kms
  check 'the key service is initialised' quietly forwarded deployment/cryptoutil-kms 9090 \
    cryptoutil kms init --out "$shares" --url https://localhost:9090 "${operator[@]}"
  check 'three shares make a Secret' quietly cryptoutil kubernetes unseal-shares \
    --share-file "$shares"/share-{1,2,3} --out "$run/deployments/kubernetes/secrets"
  line 'kubectl apply -f deployments/kubernetes/secrets/ -n cryptoutil-prod'
  line 'kubectl rollout restart deployment/cryptoutil-kms -n cryptoutil-prod'
  rollouts
  check 'the resource server is registered' quietly forwarded service/identity-authz 8080 \
    cryptoutil kubernetes register --url https://localhost:8080 --rs-url https://api.cryptoutil.example "${operator[@]}"
  line 'kubectl get pods -n cryptoutil-prod'
  for name in $all; do line "kubectl wait --for=condition=Available deployment/$name -n cryptoutil-prod --timeout=60s"; done
  check '"kubectl apply -k" of the whole makes nothing new and starts no rollout' unchanged
}

# Started and asked by its startup probe with success: a sealed key service is that, and not ready.
pod_running() {
  kubectl get pods -n cryptoutil-prod -l "app.kubernetes.io/name=$1" -o 'jsonpath={.items[*].status.containerStatuses[0].started}' | grep -qx 'true true'
}

unchanged() {
  (cd "$run" && kubectl apply -k deployments/kubernetes) >"$run/output" 2>&1 || { cat "$run/output" && return 1; }
  ! grep -E ' created$|^deployment.* configured$' "$run/output"
}
