# The restricted profile, as manifests, as pods and as processes; and what a cluster must refuse. Sourced by inside.sh.

pod_security() {
  # Processes that end meanwhile cannot be looked at.
  check 'pods of before the unsealing are gone' until_true 240 not going_away
  check 'no violation of the restricted profile in Deployments, Jobs and pods' eval \
    'kubectl get deployments,jobs,pods -n cryptoutil-prod -o json | node "$here/kubernetes/restricted.mjs"'
  check 'processes of the suite have no root, no capability, no way to get one, and a seccomp filter' confined
  node "$here/kubernetes/bad-pods.mjs" "$root/deployments/kubernetes" "$run/bad-pods"
  for file in "$run"/bad-pods/*.json; do
    check "the profile finds: $(basename "$file" .json)" eval '! node "$here/kubernetes/restricted.mjs" <"$file" >"$run/output"'
    check "the cluster refuses: $(basename "$file" .json)" forbidden "$file"
  done
}

forbidden() {
  ! kubectl create -f "$1" >"$run/output" 2>&1 && grep -q 'PodSecurityPolicy: unable to' "$run/output"
}

# What the kernel says of the first process of each container.
confined() {
  local container pid status seen=0
  for container in $(docker ps -q --filter label=io.kubernetes.pod.namespace=cryptoutil-prod --filter label=io.kubernetes.docker.type=container); do
    pid=$(docker inspect -f '{{.State.Pid}}' "$container")
    status=$(cat "/proc/$pid/status")
    for want in 'Uid:.1000.1000.1000.1000' 'CapEff:.0000000000000000' 'CapBnd:.0000000000000000' 'NoNewPrivs:.1' 'Seccomp:.2'; do
      grep -Eq "^$want$" <<<"$status" || { echo "$(docker inspect -f '{{.Name}}' "$container"): $want does not hold" && return 1; }
    done
    seen=$((seen + 1))
  done
  say "$seen containers looked at"
  [ "$seen" -ge 8 ]
}

bad_manifests() {
  node "$here/kubernetes/bad-manifests.mjs" "$root/deployments/kubernetes" "$run/bad"
  for file in "$run"/bad/*.yaml; do
    check "refused: $(basename "$file" .yaml)" eval '! kubectl apply --dry-run=server --validate=true -f "$file" >"$run/output" 2>&1'
    grep -v '^$' "$run/output" | tail -1 | cut -c1-160
  done
}
