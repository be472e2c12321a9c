# Versions that come and go, and pods that end, under load. Sourced by inside.sh.
container_of() { case $1 in cryptoutil-kms) echo kms ;; *) echo "${1#identity-}" ;; esac; }

rollouts_and_undo() {
  local begun name
  begun=$(date +%s)
  for name in $all; do
    line "kubectl set image deployment/$name $(container_of "$name")=cryptoutil:0.2.0 -n cryptoutil-prod"
    line "kubectl rollout status deployment/$name -n cryptoutil-prod --timeout=240s"
  done
  check 'all four run the new version' images cryptoutil:0.2.0
  say "Rolled out one after the other in $(seconds)"
  at_least $((requests / 2))
  load_phase 'rollout'
  check 'no request failed while the new version came in' nothing_failed
  line 'kubectl rollout history deployment/identity-authz -n cryptoutil-prod'
  begun=$(date +%s)
  for name in $all; do line "kubectl rollout undo deployment/$name -n cryptoutil-prod"; done
  rollouts
  check 'all four run the version before' images cryptoutil:0.1.0
  say "Undone, all four at once, in $(seconds)"
  check 'undo takes less than 5 minutes' [ $(($(date +%s) - begun)) -lt 300 ]
  line 'kubectl get pods -n cryptoutil-prod'
  at_least $((requests / 2))
  load_phase 'undo'
  check 'no request failed on the way back' nothing_failed
  check 'people signed in and refreshed meanwhile' eval '[ "$(count logins)" -gt 0 ] && [ "$(count refreshes)" -gt 0 ]'
}

# Pods that have been told to go still serve: a phase ends when they are gone and there were so many requests.
at_least() {
  local since=$SECONDS
  while { [ "$(load_requests)" -lt "$1" ] || going_away; } && [ $((SECONDS - since)) -lt 300 ]; do sleep 1; done
}

# Not "grep -q": it ends at the first such pod, kubectl cannot write the rest, and "pipefail" would make that a no.
going_away() { kubectl get pods -n cryptoutil-prod --no-headers | grep Terminating >/dev/null; }

# Exit 3: only what a person must confirm is open.
checklist() {
  local code=0
  (cd "$run" && cryptoutil checklist "$1" --target kubernetes --ops ops --non-interactive "${@:2}") >"$run/checklist-$1" 2>&1 || code=$?
  grep -E -A2 '✗' "$run/checklist-$1" || true
  say "$(grep -E '^[0-9]+ passed, ' "$run/checklist-$1")"
  [ "$code" -eq 0 ] || [ "$code" -eq 3 ]
}

# given_up <what> <image> <more of deploy start>: the version is not kept, and the one of before goes on.
given_up() {
  local what=$1 before
  before=$(image identity-rs)
  shift
  check "$what is given up" not deploy start --no-backup --image "$@"
  check 'all four run the version before' images "$before"
}

# Ends a phase in which nothing may have failed.
unharmed() {
  at_least 1
  load_phase "$1"
  check 'no request failed meanwhile' nothing_failed
}

checklist_post() { check 'checklist post has nothing that failed' checklist post; }

scheduled() {
  [ "$(kubectl get cronjob cryptoutil-backup -n cryptoutil-prod -o 'jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].image}')" = "$1" ]
}

deploy_start() {
  must quietly backup_installed
  check 'a version comes in with a backup before it' deploy start --image cryptoutil:0.2.0 --watch 40
  check 'the backup has told the collector how it went' backup_figures_came
  check 'all four run it' images cryptoutil:0.2.0
  check 'the nightly backup will, too' scheduled cryptoutil:0.2.0
  check 'the status is ready' deploy status
  unharmed 'deploy start'
}

deploy_unmigrated() {
  given_up 'a version whose migration fails' cryptoutil:unmigrated --watch 5
  unharmed 'a migration that fails'
}

deploy_stuck() {
  given_up 'a version that never becomes ready' cryptoutil:stuck --healthy-within 30 --watch 5
  unharmed 'a version that never becomes ready'
}

deploy_faulty() {
  given_up 'a version that answers every tenth request with 500' cryptoutil:faulty --watch 60
  load_phase 'a faulty version'
  check 'its errors were seen by somebody' [ "$(count failed)" -gt 0 ]
  check 'the nightly backup runs what ran before' scheduled cryptoutil:0.2.0
  check 'nobody was told that a good token is none' eval '! grep -E "rs: 40[0-9]" <<<"$phase" >/dev/null'
  check 'none of its pods is left when it says that it is back' not going_away
  at_least $((requests / 4))
  load_phase 'after a faulty version'
  check 'no request failed from then on' nothing_failed
}

deploy_back() {
  check 'rollback succeeds' deploy rollback
  check 'all four run the first version' images cryptoutil:0.1.0
  check 'the nightly backup will, too' scheduled cryptoutil:0.1.0
  unharmed 'deploy rollback'
}

evict() { # evict <pod>
  kubectl create --raw "/api/v1/namespaces/cryptoutil-prod/pods/$1/eviction" -f - <<EVICTION
{"apiVersion":"policy/v1beta1","kind":"Eviction","metadata":{"name":"$1","namespace":"cryptoutil-prod"}}
EVICTION
}

# One line without an end, which "read" takes for a failure.
pods_of() { kubectl get pods -n cryptoutil-prod -l "app.kubernetes.io/name=$1" --field-selector status.phase=Running -o 'jsonpath={.items[*].metadata.name}'; }

# What "kubectl drain" does to a node, a pod at a time.
evictions() {
  local name first second
  check 'pods of another version are gone' until_true 240 not going_away
  for name in $all; do
    read -r first second < <(pods_of "$name") || true
    check "a pod of $name is evicted" quietly evict "$first"
    check 'the other one is not: the budget allows one' eval '! evict "$second" >"$run/output" 2>&1 && grep -q "disruption budget" "$run/output"'
    line "kubectl rollout status deployment/$name -n cryptoutil-prod --timeout=240s"
  done
  unharmed 'evictions'
}

kills() {
  local name pod begun
  check 'pods of another version are gone' until_true 240 not going_away
  for name in $all; do
    read -r pod _ < <(pods_of "$name") || true
    begun=$(date +%s)
    kill -9 "$(docker inspect -f '{{.State.Pid}}' "$(docker ps -q --filter "label=io.kubernetes.pod.name=$pod" --filter label=io.kubernetes.docker.type=container)")"
    check "$name comes back after kill -9" quietly returned "$pod"
    say "Back after $(seconds)"
    load_phase "kill -9 of one of two pods of $name"
  done
  sleep 5
  load_phase 'settling'
  sleep 5
  load_phase 'after the kills'
  check 'no request failed when all was back' nothing_failed
}

# Its container was started again, and is ready.
returned() {
  until_true 240 eval "kubectl get pod $1 -n cryptoutil-prod -o 'jsonpath={.status.containerStatuses[0].restartCount}' | grep -q '[1-9]'" &&
    kubectl wait --for=condition=Ready "pod/$1" -n cryptoutil-prod --timeout=120s
}
