# Counts what was checked. Sourced by run-stage.sh.
passed=0
failed=0
say() { printf '== %s  %s\n' "$(date +%T)" "$*"; }

check() { # check <what must hold> <command…>
  local title=$1 && shift
  if "$@"; then
    passed=$((passed + 1)) && say "ok: $title"
  else
    failed=$((failed + 1)) && say "NOT OK: $title"
  fi
}

# The last line, in the words of npm test.
report() { printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "${1:-0}"; }
