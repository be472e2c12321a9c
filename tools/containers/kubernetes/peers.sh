# What a cluster has beside the suite: the pod policy, DNS, PostgreSQL, a collector, and the certificates of cert-manager. Sourced by inside.sh.

# Names of the Services and of the public URLs. DNS has to be told again when Services were made anew.
dns_hosts() {
  local address name namespace public
  kubectl get services -A --no-headers -o 'custom-columns=A:.spec.clusterIP,N:.metadata.name,S:.metadata.namespace' |
    while read -r address name namespace; do
      case $name in
        identity-authz) public=auth.cryptoutil.example ;;
        identity-idp) public=login.cryptoutil.example ;;
        identity-rs) public=api.cryptoutil.example ;;
        *) public= ;;
      esac
      echo "$address $name.$namespace.svc.cluster.local $name.$namespace.svc $public"
    done
}

dns_start() {
  dns_hosts >"$run/hosts"
  kubectl create configmap hosts -n kube-system --from-file "$run/hosts"
  kubectl apply -f "$here/kubernetes/peers/dns.yaml"
  kubectl wait --for=condition=Ready pod/kube-dns -n kube-system --timeout=60s
  # Only here, not on the machine: the namespace of mounts is ours.
  printf 'nameserver 198.18.128.10\nsearch cryptoutil-prod.svc.cluster.local\n' >"$run/names"
  mount --bind "$run/names" /etc/resolv.conf
}

database_authority() {
  cryptoutil pki init --folder "$run/database-pki"
  cryptoutil pki issue database --folder "$run/database-pki" --dns cryptoutil-db-rw.cryptoutil-prod.svc
}

database_start() {
  local namespace=(-n cryptoutil-prod) shipped=$root/deployments/compose/postgres/create-databases.sh
  openssl rand -hex 24 >"$run/postgres-password"
  kubectl create secret generic database-superuser "${namespace[@]}" --from-file "$run/postgres-password"
  kubectl create secret tls database-tls "${namespace[@]}" --cert "$run/database-pki/database.crt" --key "$run/database-pki/database.key"
  kubectl create configmap database-create "${namespace[@]}" --from-file "$here/kubernetes/peers/database-tls.sh" \
    --from-file "$shipped"
  kubectl apply -f "$here/kubernetes/peers/database.yaml"
  kubectl wait --for=condition=Ready pod/cryptoutil-db-1 "${namespace[@]}" --timeout=120s
}

# An empty server under the same name, as after the loss of the one before.
database_lost() {
  kubectl delete pod cryptoutil-db-1 -n cryptoutil-prod --grace-period=0 --force
  kubectl apply -f "$here/kubernetes/peers/database.yaml"
  kubectl wait --for=condition=Ready pod/cryptoutil-db-1 -n cryptoutil-prod --timeout=120s
}

collector_start() {
  kubectl create configmap stage-collector -n cryptoutil-prod --from-file "$here/kubernetes/peers/collector.mjs"
  kubectl apply -f "$here/kubernetes/peers/collector.yaml"
}

# The Secrets that cert-manager would make, with the names and the identities of deployments/kubernetes/certificates.
certificates() {
  local name secret identity dns file
  cryptoutil pki init --folder "$run/pki"
  node "$here/kubernetes/certificates.mjs" "$root/deployments/kubernetes/certificates" | while read -r identity secret dns; do
    # shellcheck disable=SC2086 # names are separate words
    cryptoutil pki issue "$identity" --folder "$run/pki" --days 90 --dns $dns </dev/null
    kubectl create secret generic "$secret" -n cryptoutil-prod --type kubernetes.io/tls --from-file "tls.crt=$run/pki/$identity.crt" \
      --from-file "tls.key=$run/pki/$identity.key" --from-file "ca.crt=$run/pki/ca.crt"
  done
}
