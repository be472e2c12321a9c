#!/usr/bin/env bash
# The container stage as a part of .ci/run: takes what the tests printed (its last line is "N passed, N failed, N skipped"), runs the
# stage within a time, names what failed in either, and prints the sum of both as its last line:
#   tools/containers/in-ci.sh <file>
# CRYPTOUTIL_STAGE_REQUESTS: how many requests the two changes of version are under (15,000; the stage alone makes 50,000).
# A machine that can have no engine counts as one skipped, with the reason; everything else that goes wrong is a failure.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
within=${CRYPTOUTIL_STAGE_SECONDS:-900}
# Tests that ended without their last line have failed.
tests=$(tail -1 "$1" | grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' || echo '0 passed, 1 failed, 0 skipped')
read -r passed failed skipped < <(sed -E 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/' <<<"$tests")
log=$(mktemp)
trap 'rm -f "$log"' EXIT

code=0
timeout --signal=TERM --kill-after=60 "$within" "$here/run-stage.sh" --requests "${CRYPTOUTIL_STAGE_REQUESTS:-15000}" 2>&1 | tee "$log" || code=$?
if [ "$code" -eq 3 ]; then
  printf '\nTHE CONTAINER STAGE WAS NOT RUN: this machine has no Docker engine and none could be started, for the reason above.\n' >&2
  skipped=$((skipped + 1))
else
  [ "$code" -ne 124 ] && [ "$code" -ne 137 ] || printf '\nThe container stage was ended after %s s.\n' "$within" >&2
  sum=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -1 || true)
  read -r stage_passed stage_failed stage_skipped < <(sed -E 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/' <<<"${sum:-0 passed, 0 failed, 0 skipped}")
  # A stage that ended badly without a word about a failed check has failed, too.
  if [ "$code" -ne 0 ] && [ "$stage_failed" -eq 0 ]; then stage_failed=1; fi
  passed=$((passed + stage_passed))
  failed=$((failed + stage_failed))
  skipped=$((skipped + stage_skipped))
fi
# Again at the end, where a log of thousands of lines is read first.
grep -hE '^(FAILED|UNSTEADY) |^== [0-9:]+  NOT OK: ' "$1" "$log" || true
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
