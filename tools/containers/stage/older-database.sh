# An older database under a key service that remembers a newer one. Sourced by run-stage.sh after checklist.sh.
kms_says() { ops_kms status 2>&1 || true; }
restored_newest() {
  local deployment=$work/deployments/compose set
  # The keys that open backups, as somebody brings them from elsewhere.
  rm -rf "$work/safe" && cp -rp "$deployment/backup-keys" "$work/safe" && chown 1000:1000 "$work/safe"
  set=$(node "$root/tools/cli/bin/cryptoutil.mjs" backup list --json --folder "$deployment/backups" --keys "$deployment/backup-keys" |
    node -e 'process.stdin.toArray().then((parts) => console.log(JSON.parse(Buffer.concat(parts)).sets[0].id))')
  compose stop authz-blue idp-blue rs-blue kms-blue >/dev/null 2>&1
  compose run --rm --no-deps -T -v "$work/safe:/safe:ro" backup restore "$set" --keys /safe --replace --confirm "$set" >/dev/null
  compose up -d authz-blue idp-blue rs-blue kms-blue >/dev/null 2>&1
}
rollback_noticed() {
  for _ in $(seq 120); do kms_says | grep -q 'an older database was restored' && return || sleep 0.5; done
  kms_says >&2
  return 1
}
