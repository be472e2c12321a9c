# Sets of the four databases, and the loss of the server. Sourced by inside.sh.
# The CronJob as shipped, on a volume of this machine.
backup_installed() {
  ! kubectl get cronjob cryptoutil-backup -n cryptoutil-prod >/dev/null 2>&1 || return 0
  cryptoutil backup keygen --out "$run/backup-keys"
  install -d -o 1000 -g 1000 -m 700 "$run/backups"
  kubectl create secret generic cryptoutil-backup -n cryptoutil-prod --from-file "$run/backup-keys/recipient.public.jwk" \
    --from-file "$run/backup-keys/signer.private.jwk"
  kubectl apply -f - <<VOLUME
apiVersion: v1
kind: PersistentVolume
metadata: { name: backups }
spec: { capacity: { storage: 20Gi }, accessModes: [ReadWriteOnce], hostPath: { path: $run/backups } }
VOLUME
  kubectl apply -f "$run/deployments/kubernetes/backup" -n cryptoutil-prod
}

# What the figures are stands in docs/operations/disaster-recovery.md; nothing was verified yet.
backup_figures_came() {
  local told name
  told=$(kubectl logs otel-collector -n cryptoutil-prod | grep -F cryptoutil-backup | tr ' ' '\n')
  for name in succeeded duration last_good_time size sets; do
    grep -Fx "cryptoutil.backup.$name" <<<"$told" >/dev/null || { echo "$name did not come: $told" && return 1; }
  done
}

# The server of the databases is lost, under load; what docs/operations/disaster-recovery.md says brings it back.
restore() {
  local begun name
  must quietly backup_installed
  line 'kubectl create job cryptoutil-backup-now --from=cronjob/cryptoutil-backup -n cryptoutil-prod'
  line 'kubectl wait --for=condition=complete job/cryptoutil-backup-now -n cryptoutil-prod --timeout=15m'
  begun=$(date +%s)
  must quietly database_lost
  line "kubectl scale deployment $all --replicas=0 -n cryptoutil-prod"
  line "kubectl wait --for=delete pod -l 'app.kubernetes.io/name in (${all// /,})' -n cryptoutil-prod --timeout=120s"
  cp "$run"/backup-keys/{recipient.private,signer.public}.jwk "$run/"
  line 'kubectl create secret generic cryptoutil-restore -n cryptoutil-prod --from-file=recipient.private.jwk --from-file=signer.public.jwk'
  line 'kubectl apply -f deployments/kubernetes/restore/ -n cryptoutil-prod'
  line 'kubectl wait --for=condition=complete job/cryptoutil-restore -n cryptoutil-prod --timeout=15m'
  line 'kubectl logs job/cryptoutil-restore -n cryptoutil-prod'
  tail -1 "$run/output"
  line 'kubectl delete job/cryptoutil-restore secret/cryptoutil-restore -n cryptoutil-prod'
  line 'kubectl delete job cryptoutil-migrate -n cryptoutil-prod --ignore-not-found'
  line 'kubectl apply -f deployments/kubernetes/jobs/ -n cryptoutil-prod'
  line 'kubectl wait --for=condition=complete job/cryptoutil-migrate -n cryptoutil-prod --timeout=15m'
  line "kubectl scale deployment $all --replicas=2 -n cryptoutil-prod"
  rollouts
  say "Restored in $(seconds)"
  sleep 5
  load_phase 'without a database'
  at_least $((requests / 4))
  load_phase 'after the restore'
  check 'no request failed when all was back' nothing_failed
  check 'people who were in the set signed in' [ "$(count logins)" -gt 0 ]
}
