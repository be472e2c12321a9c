# A node: Docker Engine, kubelet and kube-proxy. Sourced by inside.sh, which sets $bin, $run and $ENGINE.

node_start() {
  # Without CAP_SYS_RESOURCE nobody may lower an oom_score_adj, which kubelet asks for its infrastructure container.
  cat >"$run/runtime" <<'RUNTIME'
#!/bin/bash
for ((at = 1; at < $#; at++)); do
  next=$((at + 1))
  case ${!at} in --bundle | -b) sed -i -E 's/"oomScoreAdj":-[0-9]+/"oomScoreAdj":0/' "${!next}/config.json" ;; esac
done
exec runc "$@"
RUNTIME
  chmod 755 "$run/runtime"
  export DOCKER_HOST="unix://$run/docker.sock"
  background dockerd dockerd --data-root "$ENGINE/data" --exec-root "$run/exec" -p "$run/dockerd.pid" -H "$DOCKER_HOST" --bip 198.18.0.1/24 \
    --userland-proxy=false --add-runtime "stage=$run/runtime" --default-runtime stage
  until_true 120 docker info || { tail -20 "$run/dockerd.log" >&2 && return 1; }
  # What runs here reaches Services as pods do.
  ip route add 198.18.128.0/20 dev docker0
  : >"$run/resolv.conf"
  background kubelet "$bin/kubelet" --kubeconfig "$KUBECONFIG" --hostname-override stage --node-ip 198.18.0.1 --root-dir "$run/kubelet" \
    --docker-endpoint "$DOCKER_HOST" --pod-infra-container-image cryptoutil-stage/pause --cgroup-driver cgroupfs --enforce-node-allocatable= \
    --fail-swap-on=false --cluster-dns 198.18.128.10 --cluster-domain cluster.local --resolv-conf "$run/resolv.conf" \
    --image-gc-high-threshold 100 --eviction-hard 'memory.available<100Mi' --volume-plugin-dir "$run/plugins"
  background proxy "$bin/kube-proxy" --kubeconfig "$KUBECONFIG" --hostname-override stage --proxy-mode iptables --cluster-cidr 198.18.0.0/24 \
    --conntrack-max-per-core 0 --conntrack-tcp-timeout-established 0 --conntrack-tcp-timeout-close-wait 0
  until_true 120 kubectl wait --for=condition=Ready node/stage --timeout=1s || { tail -20 "$run/kubelet.log" >&2 && return 1; }
}
